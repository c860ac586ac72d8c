/** JSON-RPC frames, parameters, error and close codes, payloads, cursors and tickets. No I/O. */
@NullMarked
package dev.chatgateway.protocol;

import org.jspecify.annotations.NullMarked;
