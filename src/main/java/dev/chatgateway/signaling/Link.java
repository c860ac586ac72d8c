package dev.chatgateway.signaling;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One connection of a client, of either transport. Called on the context of the session's event loop. */
interface Link {
    /** The socket.io session id that the handshake issued. */
    String id();

    /** websocket or polling. */
    String transport();

    /** What the client says that it is; null if it says nothing. */
    @Nullable
    String clientVersion();

    /** Writes a packet. Does nothing after the end. */
    void send(byte[] packet);

    /** Writes packets in their order. Does nothing after the end. */
    default void send(List<byte[]> packets) {
        packets.forEach(this::send);
    }

    /** Writes a last packet and closes. */
    void close(byte[] last);

    /** Whether the client can still receive something. */
    boolean open();

    /** Time has passed. */
    default void tick(long nowMs) {}

    /** What a link reports to its session, on the context of the session's event loop. */
    interface Owner {
        /** The link has ended. */
        void ended(Link link);

        /** A limit has cut the client off. */
        void limitHit(String limit);
    }
}
