package dev.chatgateway.signaling;

/**
 * Names a session: one client object of one user, over all its connections.
 *
 * @param registrationId the client's own id
 */
record SessionKey(String userId, String registrationId) {}
