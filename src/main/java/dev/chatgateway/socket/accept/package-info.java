/** Connections from their accept to their authentication: admission, memory and time limits. */
@NullMarked
package dev.chatgateway.socket.accept;

import org.jspecify.annotations.NullMarked;
