package dev.chatgateway.socket.connection;

import dev.chatgateway.socket.accept.UnauthenticatedConnection;
import org.jspecify.annotations.Nullable;

/**
 * The capacity of the node that an upgraded socket holds: a slot of the connection limit and, until it has
 * authenticated, a share of the memory for unauthenticated connections. Owned by the event loop of the socket.
 */
public final class ConnectionSlot {
    private final UserConnections users;
    private final UserConnections.Slot slot;
    private @Nullable UnauthenticatedConnection unauthenticated;

    /** @param unauthenticated null if connections are not registered at their accept */
    public ConnectionSlot(
            UserConnections users, UserConnections.Slot slot, @Nullable UnauthenticatedConnection unauthenticated) {
        this.users = users;
        this.slot = slot;
        this.unauthenticated = unauthenticated;
    }

    /** Milliseconds from the accept to now; 0 if the connection has carried another request before. */
    public long handshakeMs() {
        return unauthenticated == null ? 0 : unauthenticated.handshakeMs();
    }

    /** The connection was upgraded. */
    public void upgraded() {
        if (unauthenticated != null) {
            unauthenticated.upgraded();
        }
    }

    /** Sets the task that runs, on any thread, if the slot is evicted before the client has authenticated. */
    public void onEvicted(Runnable task) {
        slot.onEvicted(task);
    }

    /** The client has authenticated. False if the slot or the connection was evicted before. */
    public boolean authenticated() {
        UnauthenticatedConnection connection = unauthenticated;
        unauthenticated = null;
        boolean kept = connection == null || connection.authenticated();
        return slot.authenticated() && kept;
    }

    /** Releases the slot of a connection without a user. */
    public void release() {
        slot.release();
    }

    /** Releases the slot, and removes the connection of the user if there is one. */
    void release(@Nullable String userId) {
        slot.release();
        if (userId != null) {
            users.remove(userId);
        }
    }
}
