/** The state of one polled thread, what all polls of a node share, and the result of a poll. */
@NullMarked
package dev.chatgateway.poll.state;

import org.jspecify.annotations.NullMarked;
