/** The service's rate windows: which calls are admitted now, which wait, which are refused. */
@NullMarked
package dev.chatgateway.upstream.quota;

import org.jspecify.annotations.NullMarked;
