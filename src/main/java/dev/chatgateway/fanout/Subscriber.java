package dev.chatgateway.fanout;

/**
 * One connection, as the hub of its event loop sees it. All calls come on that loop. Identity is the object's: a
 * connection keeps one subscriber for its life.
 */
public interface Subscriber {
    /** Names the connection; unique in this process. */
    String id();

    /**
     * Takes notifications, to be sent in their order. Must not block and must not call the hub back in the same turn; a
     * full queue is the subscriber's own matter ({@link Frame#kind()} and {@link Frame#key()} say what may be merged or
     * dropped).
     */
    void deliver(FrameBatch run);

    /** How often it has dropped notifications that it took, and told so by a resync in their place. */
    default long losses() {
        return 0;
    }

    /** Takes one notification that is for this subscriber alone. */
    default void deliver(Frame frame) {
        deliver(FrameBatch.of(frame));
    }
}
