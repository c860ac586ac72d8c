/** WebSocket frames, compression, outbound queues and flushes. */
@NullMarked
package dev.chatgateway.socket.transport;

import org.jspecify.annotations.NullMarked;
