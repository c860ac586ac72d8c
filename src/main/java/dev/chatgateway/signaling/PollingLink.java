package dev.chatgateway.signaling;

import dev.chatgateway.signaling.wire.Packet;
import dev.chatgateway.signaling.wire.PacketLimit;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client that polls instead of holding a WebSocket. Packets wait until the next poll takes them; a client that lets too
 * many wait is cut off. Belongs to the session's event loop.
 */
final class PollingLink implements Link {
    /** An idle poll is answered before the client gives it up. */
    private static final long IDLE_MS = 25_000;
    /** A client that has not polled for so long is gone. */
    private static final long SILENT_MS = 45_000;
    /** Packets that wait for a poll at most. The session's window keeps pushes far below; the rest answers packets. */
    private static final int MOST_WAITING = 1_024;

    private final String id;
    private final @Nullable String clientVersion;
    private final Owner owner;
    private final List<byte[]> packets = new ArrayList<>();
    private final PacketLimit limit = new PacketLimit();
    private @Nullable Promise<String> poll;
    private long pollTag;
    private long pollMs;
    private boolean last;
    private boolean over;

    PollingLink(String id, @Nullable String clientVersion, Owner owner, long nowMs) {
        this.id = id;
        this.clientVersion = clientVersion;
        this.owner = owner;
        pollMs = nowMs;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String transport() {
        return "polling";
    }

    @Override
    public @Nullable String clientVersion() {
        return clientVersion;
    }

    @Override
    public boolean open() {
        return !over;
    }

    /**
     * A poll has come; the result is the body of its answer. A poll before it is answered with nothing.
     *
     * @param tag names the poll
     */
    Future<String> poll(long tag, long nowMs) {
        answer(Packet.NOTHING);
        pollTag = tag;
        pollMs = nowMs;
        Promise<String> promise = Promise.promise();
        poll = promise;
        flush();
        return promise.future();
    }

    /** The request of a poll has ended before its answer; another one may wait by now. */
    void abandoned(long tag) {
        if (pollTag == tag) {
            poll = null;
        }
    }

    /** Answers an idle poll; ends a link whose client has gone. */
    @Override
    public void tick(long nowMs) {
        if (poll != null && nowMs - pollMs >= IDLE_MS) {
            pollMs = nowMs;
            answer(Packet.NOTHING);
        } else if (poll == null && nowMs - pollMs >= SILENT_MS) {
            end();
        }
    }

    @Override
    public void send(byte[] packet) {
        if (over || last) {
            return;
        }
        if (packets.size() >= MOST_WAITING) {
            owner.limitHit("signaling.packets");
            end();
            return;
        }
        packets.add(packet);
        flush();
    }

    /** Counts packets that the client has sent; false, and the end of the link, if they are too many. */
    boolean allows(int count, long nowMs) {
        if (limit.allows(count, nowMs)) {
            return true;
        }
        owner.limitHit("signaling.packets");
        end();
        return false;
    }

    @Override
    public void close(byte[] packet) {
        send(packet);
        last = true;
        if (packets.isEmpty()) {
            end();
        }
    }

    /** The client leaves. */
    void end() {
        if (!over) {
            over = true;
            packets.clear();
            answer(Packet.GOODBYE);
            owner.ended(this);
        }
    }

    private void flush() {
        Promise<String> waiting = poll;
        if (waiting == null || packets.isEmpty()) {
            return;
        }
        poll = null;
        String body = Packet.join(packets);
        packets.clear();
        waiting.tryComplete(body);
        if (last) {
            end();
        }
    }

    private void answer(byte[] packet) {
        Promise<String> waiting = poll;
        poll = null;
        if (waiting != null) {
            waiting.tryComplete(Packet.join(List.of(packet)));
        }
    }
}
