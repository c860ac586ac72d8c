/** The entry point and the wiring: the only place that knows every room. */
@NullMarked
package dev.chatgateway;

import org.jspecify.annotations.NullMarked;
