/** Listeners, and the way of a request from its first byte to its answer; rate limits. */
@NullMarked
package dev.chatgateway.embedded.http;

import org.jspecify.annotations.NullMarked;
