package dev.chatgateway.signaling.handover;

import dev.chatgateway.event.UserToken;

/**
 * A token that the service has accepted, with which a client is about to connect.
 *
 * @param provenMs when the service accepted it, epoch milliseconds
 */
public record Grant(UserToken token, long provenMs) {}
