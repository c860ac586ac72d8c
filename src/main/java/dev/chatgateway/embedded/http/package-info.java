/** Listeners, handling of HTTP requests, rate limits. */
@NullMarked
package dev.chatgateway.embedded.http;

import org.jspecify.annotations.NullMarked;
