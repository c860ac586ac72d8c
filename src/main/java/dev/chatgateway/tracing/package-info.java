/** Which piece of work led to which: spans for a collector, the only room that knows OpenTelemetry. */
@NullMarked
package dev.chatgateway.tracing;

import org.jspecify.annotations.NullMarked;
