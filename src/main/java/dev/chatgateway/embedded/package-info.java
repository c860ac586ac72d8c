/** The embedded ACS-compatible chat and identity service; reachable only over HTTP, like the real one. */
@NullMarked
package dev.chatgateway.embedded;

import org.jspecify.annotations.NullMarked;
