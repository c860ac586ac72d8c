package dev.chatgateway.signaling;

/** One connection of a client, of either transport. Called on the context of the session's event loop. */
interface Link {
    /** The socket.io session id that the handshake issued. */
    String id();

    /** websocket or polling. */
    String transport();

    /** Writes a packet. Does nothing after the end. */
    void send(byte[] packet);

    /** Writes a last packet and closes. */
    void close(byte[] last);

    /** Whether the client can still receive something. */
    boolean open();

    /** Time has passed. */
    default void tick(long nowMs) {}

    /** What a link reports to its session, on the context of the session's event loop. */
    interface Owner {
        /** The client acknowledges a push. */
        void acknowledged(long pushId);

        /** The link has ended. */
        void ended(Link link);
    }
}
