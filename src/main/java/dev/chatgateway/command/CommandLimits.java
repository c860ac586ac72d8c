package dev.chatgateway.command;

/**
 * Limits that come from the configuration.
 *
 * @param contentBytes UTF-8 bytes of a message's content at most
 * @param upstreamTimeoutMs how long an attempt to send may still be under way at the service
 */
public record CommandLimits(int contentBytes, int upstreamTimeoutMs) {}
