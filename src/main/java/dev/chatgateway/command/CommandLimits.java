package dev.chatgateway.command;

import java.util.function.IntSupplier;

/**
 * Limits that come from the configuration.
 *
 * @param content maximum of UTF-8 bytes of a message's content; evaluated for each message
 * @param upstreamTimeoutMs how long the service may still execute a call that has ended for the gateway
 */
public record CommandLimits(IntSupplier content, int upstreamTimeoutMs) {
    /** Constant limits. */
    public CommandLimits(int contentBytes, int upstreamTimeoutMs) {
        this(() -> contentBytes, upstreamTimeoutMs);
    }

    int contentBytes() {
        return content.getAsInt();
    }
}
