/** The domain: messages, receipts, participants, chat events, and the interface between fan-out and polling. */
@NullMarked
package dev.chatgateway.event;

import org.jspecify.annotations.NullMarked;
