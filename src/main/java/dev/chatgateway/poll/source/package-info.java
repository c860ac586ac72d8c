/** What a poll reads of the chat service, and what its failures mean. */
@NullMarked
package dev.chatgateway.poll.source;

import org.jspecify.annotations.NullMarked;
