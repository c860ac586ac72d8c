package dev.chatgateway.socket.connection;

import dev.chatgateway.socket.accept.UnauthenticatedConnection;
import org.jspecify.annotations.Nullable;

/**
 * What an upgraded socket holds of the node until it ends: a place, and until it has signed in a share of what connections
 * without a user may hold. Owned by the socket's event loop.
 */
public final class NodePlace {
    private final UserConnections users;
    private final UserConnections.Place place;
    private @Nullable UnauthenticatedConnection visit;

    /** @param visit null where nobody looks at connections before their upgrade */
    public NodePlace(UserConnections users, UserConnections.Place place, @Nullable UnauthenticatedConnection visit) {
        this.users = users;
        this.place = place;
        this.visit = visit;
    }

    /** Milliseconds since the connection was accepted; 0 if it has asked for something else before. */
    public long handshakeMs() {
        return visit == null ? 0 : visit.handshakeMs();
    }

    /** The connection is a WebSocket. */
    public void upgraded() {
        if (visit != null) {
            visit.upgraded();
        }
    }

    /** What is done, on any thread, when the place is given to somebody else before the client has signed in. */
    public void whenEnded(Runnable task) {
        place.whenEnded(task);
    }

    /** The client has signed in; false if its place was given to somebody else just before. */
    public boolean signedIn() {
        UnauthenticatedConnection first = visit;
        visit = null;
        boolean stays = first == null || first.signedIn();
        return place.signedIn() && stays;
    }

    /** Gives the place back; no user has signed in. */
    public void leave() {
        place.leave();
    }

    /** Gives the place back, and the one among the user's connections if there is a user. */
    void leave(@Nullable String userId) {
        place.leave();
        if (userId != null) {
            users.dismiss(userId);
        }
    }
}
