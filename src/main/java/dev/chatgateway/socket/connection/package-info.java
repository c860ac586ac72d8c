/** One connection: handshake, sign-in, requests, heartbeat, outbound queue. */
@NullMarked
package dev.chatgateway.socket.connection;

import org.jspecify.annotations.NullMarked;
