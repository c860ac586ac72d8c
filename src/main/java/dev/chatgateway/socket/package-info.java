/** The browser's edge: handshake guard, connection state machine, request dispatch, outbound queue, heartbeat. */
@NullMarked
package dev.chatgateway.socket;

import org.jspecify.annotations.NullMarked;
