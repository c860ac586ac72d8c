/** Delivers changes of a user's thread list to the subscribers of its inbox. */
@NullMarked
package dev.chatgateway.fanout.inbox;

import org.jspecify.annotations.NullMarked;
