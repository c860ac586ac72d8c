/** When a thread is polled, and how many polls run at once. */
@NullMarked
package dev.chatgateway.poll.schedule;

import org.jspecify.annotations.NullMarked;
