/** The self-check: lists threads again at random and compares them with what was published. */
@NullMarked
package dev.chatgateway.poll.audit;

import org.jspecify.annotations.NullMarked;
