package dev.chatgateway.signaling.handover;

/**
 * Names a session: one client object of one user, over all its connections.
 *
 * @param registrationId the client's own id, without spaces
 */
public record SessionKey(String userId, String registrationId) {
    /** The key in the maps that the nodes share. */
    String text() {
        return userId + ' ' + registrationId;
    }
}
