/** Every meter of the gateway, in one place. */
@NullMarked
package dev.chatgateway.metrics;

import org.jspecify.annotations.NullMarked;
