/** Sets up OpenTelemetry, and carries its context from one event loop to another. */
@NullMarked
package dev.chatgateway.tracing;

import org.jspecify.annotations.NullMarked;
