/** One polled thread from its first subscriber to its last: schedule, polls, publishing, answers to subscribers. */
@NullMarked
package dev.chatgateway.poll.thread;

import org.jspecify.annotations.NullMarked;
