package dev.chatgateway.fanout;

/**
 * One connection, as the hub of its event loop sees it. All calls are made on that event loop. Compared by identity: a
 * connection uses one subscriber object as long as it lives.
 */
public interface Subscriber {
    /** Id of the connection, unique in this process. */
    String id();

    /**
     * Sends frames in their order. Must not block, and must not call the hub before it has returned. If the outbound queue
     * is full the subscriber itself replaces or drops frames ({@link Frame#kind()} and {@link Frame#key()} say which may
     * be).
     */
    void deliver(FrameBatch batch);

    /** How often the subscriber has dropped frames and sent a resync in their place. */
    default long losses() {
        return 0;
    }

    /** Sends one frame to this subscriber alone. */
    default void deliver(Frame frame) {
        deliver(FrameBatch.of(frame));
    }
}
