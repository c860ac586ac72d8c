/** Bytes of WebSocket connections: frames, compression, queues, flushes. */
@NullMarked
package dev.chatgateway.socket.transport;

import org.jspecify.annotations.NullMarked;
