/** JSON-RPC frames, parameters, error and close codes, payloads, cursor; pure, no I/O. */
@NullMarked
package dev.chatgateway.protocol;

import org.jspecify.annotations.NullMarked;
