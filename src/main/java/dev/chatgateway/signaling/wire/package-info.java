/** The packets of the live channel, and the pushes of a session until its client has acknowledged them. */
@NullMarked
package dev.chatgateway.signaling.wire;

import org.jspecify.annotations.NullMarked;
