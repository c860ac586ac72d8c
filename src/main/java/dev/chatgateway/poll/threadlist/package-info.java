/** One user's list of threads: it watches silent threads and feeds the inbox. */
@NullMarked
package dev.chatgateway.poll.threadlist;

import org.jspecify.annotations.NullMarked;
