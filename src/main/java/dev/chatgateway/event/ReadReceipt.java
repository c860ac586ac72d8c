package dev.chatgateway.event;

import java.time.Instant;

/** The newest message that a participant has read, and the time of the receipt. */
public record ReadReceipt(String readerId, String messageId, Instant readOn) {}
