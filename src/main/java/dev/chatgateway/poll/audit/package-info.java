/** The self-check: lists random threads again and compares the listings with the published updates. */
@NullMarked
package dev.chatgateway.poll.audit;

import org.jspecify.annotations.NullMarked;
