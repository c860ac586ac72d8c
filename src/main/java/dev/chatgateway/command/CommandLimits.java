package dev.chatgateway.command;

import java.util.function.IntSupplier;

/**
 * Limits that come from the configuration.
 *
 * @param content UTF-8 bytes of a message's content at most; asked for each message
 * @param upstreamTimeoutMs how long an attempt to send may still be under way at the service
 */
public record CommandLimits(IntSupplier content, int upstreamTimeoutMs) {
    /** Limits that stay. */
    public CommandLimits(int contentBytes, int upstreamTimeoutMs) {
        this(() -> contentBytes, upstreamTimeoutMs);
    }

    int contentBytes() {
        return content.getAsInt();
    }
}
