/**
 * One poll of a thread: membership proofs, messages, participants, receipts and properties, one call after the other.
 */
@NullMarked
package dev.chatgateway.poll.cycle;

import org.jspecify.annotations.NullMarked;
