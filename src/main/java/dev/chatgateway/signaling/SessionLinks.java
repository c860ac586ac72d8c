package dev.chatgateway.signaling;

import dev.chatgateway.signaling.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one session: the current one; the one before, while acknowledgements may still come on it; and the one
 * that the client has left, until it closes it. A client has three at most. Owned by the session's event loop.
 */
final class SessionLinks {
    /** So long a new connection waits for acknowledgements that may still come on the one before. */
    private static final long HANDOVER_MS = 2_000;
    /** A client closes a connection that it has left after 60 s. */
    private static final long LEFT_MS = 65_000;

    private final LoopContext loop;
    private final Runnable onHandoverEnd;
    private @Nullable Link current;
    private @Nullable Link previous;
    private @Nullable Link left;
    private String leftPollingId;

    /**
     * @param leftPollingId of the polling connection that the client has left on another node; empty for none
     * @param onHandoverEnd called when no acknowledgements can come any more on the connection before the current one
     */
    SessionLinks(LoopContext loop, String leftPollingId, Runnable onHandoverEnd) {
        this.loop = loop;
        this.leftPollingId = leftPollingId;
        this.onHandoverEnd = onHandoverEnd;
    }

    @Nullable
    Link current() {
        return current;
    }

    /** Whether acknowledgements may still come on the connection before the current one. */
    boolean handsOver() {
        return previous != null;
    }

    /** The current connection if it polls under this id. */
    @Nullable
    PollingLink polling(String linkId) {
        return current instanceof PollingLink polling && polling.id().equals(linkId) ? polling : null;
    }

    /** The polling connection that the client has left last; empty for none. */
    String leftPollingId() {
        return leftPollingId;
    }

    /** Whether the client has left this connection for another one: its polls must not displace that. */
    boolean hasLeft(String pollingId) {
        return pollingId.equals(leftPollingId);
    }

    /** Makes a connection the current one; false if acknowledgements may still come on the one before. */
    boolean attach(Link link) {
        Link before = current;
        current = link;
        settled();
        if (before == null) {
            return true;
        }
        if (before instanceof PollingLink polling) {
            leftPollingId = polling.id();
            polling.end();
            return true;
        }
        // If it is closed, its last acknowledgements may be on their way from its event loop; its end comes after them.
        previous = before;
        loop.after(HANDOVER_MS, () -> endHandover(before));
        return false;
    }

    /** Everything that was written on the connection before is acknowledged. */
    void settled() {
        if (previous != null) {
            leave(previous);
            previous = null;
        }
    }

    private void endHandover(Link before) {
        if (previous == before) {
            leave(before);
            previous = null;
            onHandoverEnd.run();
        }
    }

    /** The client closes it, unless it is no official client. */
    private void leave(Link link) {
        if (left != null) {
            left.close(Packet.GOODBYE);
        }
        left = link.open() ? link : null;
        loop.after(LEFT_MS, () -> {
            if (left == link) {
                left = null;
                link.close(Packet.GOODBYE);
            }
        });
    }

    /** A connection has ended; true if it was the current one. */
    boolean ended(Link link) {
        if (link == left) {
            left = null;
        } else if (link == previous) {
            endHandover(link);
        } else if (link == current) {
            current = null;
            return true;
        }
        return false;
    }

    /** Writes a last packet to the current connection and closes it. */
    void cut(byte[] last) {
        Link link = current;
        if (link != null) {
            link.close(last);
        }
    }

    /** Closes all. */
    void close() {
        cut(Packet.GOODBYE);
        settled();
        if (left != null) {
            left.close(Packet.GOODBYE);
            left = null;
        }
    }

    /** The client has connected to another node; a WebSocket stays until the client closes it. */
    void leaveAll() {
        settled();
        Link link = current;
        current = null;
        if (link instanceof PollingLink polling) {
            leftPollingId = polling.id();
            polling.end();
        } else if (link != null) {
            leave(link);
        }
    }
}
