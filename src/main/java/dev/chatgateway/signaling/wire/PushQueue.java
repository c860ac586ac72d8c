package dev.chatgateway.signaling.wire;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The pushes of one session that its client has not acknowledged, in order. Bounded in number and bytes. A window bounds
 * what is written and not acknowledged; it opens with each acknowledgement, as TCP's does. Owned by the session's event
 * loop.
 */
public final class PushQueue {
    private static final int MOST_IN_FLIGHT = 256;
    /** On a new connection. What is in flight when a connection is cut may reach the client twice. */
    private static final int FIRST_IN_FLIGHT = 4;

    private static final long WINDOW_BYTES = 256 * 1024;
    /** A typing indicator that is older is not worth sending. */
    private static final long BRIEF_MS = 8_000;

    private final int most;
    private final long mostBytes;
    private final Deque<Push> sent = new ArrayDeque<>(0);
    private final Deque<Push> waiting = new ArrayDeque<>(0);
    private long nextId = 1;
    private long sentBytes;
    private long waitingBytes;
    private int window = FIRST_IN_FLIGHT;

    public PushQueue(int most, long mostBytes) {
        this.most = most;
        this.mostBytes = mostBytes;
    }

    /** Accepts an event; false if there is no room for it. */
    public boolean add(Push.Body body, long nowMs) {
        if (size() >= most || (sentBytes + waitingBytes + body.size() > mostBytes && size() > 0)) {
            return false;
        }
        waiting.addLast(new Push(body, nextId++, nowMs));
        waitingBytes += body.size();
        return true;
    }

    public int size() {
        return sent.size() + waiting.size();
    }

    /** Whether pushes wait to be written. */
    public boolean hasWaiting() {
        return !waiting.isEmpty();
    }

    /** Whether there is room for many more. */
    public boolean hasRoomAgain() {
        return size() <= most / 2 && sentBytes + waitingBytes <= mostBytes / 2;
    }

    /** Whether everything that was written is acknowledged. */
    public boolean settled() {
        return sent.isEmpty();
    }

    /** Writes what the window has room for. */
    public void flush(long nowMs, Consumer<Push> writer) {
        while (!waiting.isEmpty() && (sent.isEmpty() || (sent.size() < window && sentBytes < WINDOW_BYTES))) {
            Push next = waiting.removeFirst();
            waitingBytes -= next.body().size();
            if (next.body().brief() && nowMs - next.sinceMs() > BRIEF_MS) {
                continue;
            }
            next.sent(nowMs);
            sent.addLast(next);
            sentBytes += next.body().size();
            writer.accept(next);
        }
    }

    /** The client has a push; null for one that is not waited for. */
    @Nullable
    public Push acknowledged(long id) {
        Push first = sent.peekFirst();
        Push found = first != null && first.id() == id
                ? sent.removeFirst()
                : sent.stream().filter(push -> push.id() == id).findFirst().orElse(null);
        if (found != null) {
            if (found != first) {
                sent.remove(found);
            }
            sentBytes -= found.body().size();
            window = Math.min(MOST_IN_FLIGHT, window + 1);
        }
        return found;
    }

    /** What was written and not acknowledged is to be written again, on another connection. Returns how many. */
    public int rewind() {
        int again = sent.size();
        while (!sent.isEmpty()) {
            Push last = sent.removeLast();
            waiting.addFirst(last);
            waitingBytes += last.body().size();
        }
        sentBytes = 0;
        window = FIRST_IN_FLIGHT;
        return again;
    }

    /** The newest push; 0 before the first. */
    public long newestId() {
        return nextId - 1;
    }

    /** The oldest push that the client has not acknowledged; above the newest if there is none. */
    public long oldestId() {
        Push oldest = sent.isEmpty() ? waiting.peekFirst() : sent.peekFirst();
        return oldest == null ? nextId : oldest.id();
    }

    /** When the oldest push that waits for its acknowledgement was written, epoch milliseconds; now if there is none. */
    public long oldestSentMs(long nowMs) {
        Push oldest = sent.peekFirst();
        return oldest == null ? nowMs : oldest.sentMs();
    }
}
