/** Polls of users' thread lists, which detect new messages in idle threads and supply the inbox. */
@NullMarked
package dev.chatgateway.poll.threadlist;

import org.jspecify.annotations.NullMarked;
