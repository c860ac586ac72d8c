package dev.chatgateway.event;

import java.time.Instant;

/** How far a participant has read: the newest message it has seen, and when it said so. */
public record ReadReceipt(String readerId, String messageId, Instant readOn) {}
