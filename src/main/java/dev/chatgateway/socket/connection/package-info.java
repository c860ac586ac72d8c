/** The WebSocket connection of a client: handshake, authentication, requests, time limits, output. */
@NullMarked
package dev.chatgateway.socket.connection;

import org.jspecify.annotations.NullMarked;
