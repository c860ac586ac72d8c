/** Faults that are switched on, and the pace and looseness of the recorded service. */
@NullMarked
package dev.chatgateway.embedded.faults;

import org.jspecify.annotations.NullMarked;
