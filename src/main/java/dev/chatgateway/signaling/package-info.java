/** The live channel that the official chat client libraries speak: socket.io 0.9 sessions with pushed events. */
@NullMarked
package dev.chatgateway.signaling;

import org.jspecify.annotations.NullMarked;
