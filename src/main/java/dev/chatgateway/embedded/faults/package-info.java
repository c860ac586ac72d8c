/** Injected faults, and the recorded timing and irregularities of the real service. */
@NullMarked
package dev.chatgateway.embedded.faults;

import org.jspecify.annotations.NullMarked;
