/** Messages, receipts, participants, chat events, and the interfaces between polling and fan-out. */
@NullMarked
package dev.chatgateway.event;

import org.jspecify.annotations.NullMarked;
