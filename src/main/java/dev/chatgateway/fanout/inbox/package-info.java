/** Movements of a user's list of threads to the subscribers of the inbox. */
@NullMarked
package dev.chatgateway.fanout.inbox;

import org.jspecify.annotations.NullMarked;
