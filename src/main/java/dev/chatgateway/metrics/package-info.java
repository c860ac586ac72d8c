/** Definitions of all meters of the gateway, and the page that Prometheus scrapes. */
@NullMarked
package dev.chatgateway.metrics;

import org.jspecify.annotations.NullMarked;
