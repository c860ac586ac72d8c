/** What is known of a thread's messages and what of a listing is new; pure. */
@NullMarked
package dev.chatgateway.poll.diff;

import org.jspecify.annotations.NullMarked;
