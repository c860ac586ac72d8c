package dev.chatgateway.event;

import java.time.Instant;

/** The newest message that a participant has read, and the time of the receipt. */
public record ReadReceipt(String readerId, String messageId, Instant readOn) {
    /** When the message arrived, epoch milliseconds, as its id says; 0 if the id is not a number. */
    public long messageArrivedAt() {
        try {
            return Long.parseLong(messageId);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
