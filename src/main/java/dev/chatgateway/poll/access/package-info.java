/** The subscribers of a thread, from when each of them sees messages, and whose membership is in doubt. */
@NullMarked
package dev.chatgateway.poll.access;

import org.jspecify.annotations.NullMarked;
