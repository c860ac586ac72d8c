/** Accepted TCP connections before they are WebSockets: who may have one, memory, time limits. */
@NullMarked
package dev.chatgateway.socket.accept;

import org.jspecify.annotations.NullMarked;
