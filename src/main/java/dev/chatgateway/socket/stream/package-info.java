/** The gateway's protocol over plain HTTP: Server-Sent Events, long polls and single requests. */
@NullMarked
package dev.chatgateway.socket.stream;

import org.jspecify.annotations.NullMarked;
