/** The known states of a thread and the comparison of listings with them. Makes no calls. */
@NullMarked
package dev.chatgateway.poll.diff;

import org.jspecify.annotations.NullMarked;
