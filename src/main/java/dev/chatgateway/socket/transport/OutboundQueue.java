package dev.chatgateway.socket.transport;

import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.Notifications;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What waits for a slow peer, in order. When it is too much, less is made of it in two steps: {@link #conflate}, then
 * {@link #resync}. Answers and other control frames stay. Owned by one connection.
 */
public final class OutboundQueue {
    /** What a peer is told of a thread whose events were dropped. */
    public static final Resync RESYNC = new Resync(ResyncReason.OVERFLOW, Resync.Cause.OUTBOUND_QUEUE);

    private final ArrayDeque<Waiting> frames = new ArrayDeque<>();
    private long bytes;

    private record Waiting(Frame frame, long sinceMs) {}

    /** Numbers that are left out of a thread's events before the next one that stays. */
    private record Hole(long from, long to) {}

    public boolean isEmpty() {
        return frames.isEmpty();
    }

    /** Bytes of all texts. */
    public long bytes() {
        return bytes;
    }

    /** When the oldest frame came, epoch milliseconds; now if there is none. */
    public long oldestMs(long nowMs) {
        Waiting oldest = frames.peek();
        return oldest == null ? nowMs : oldest.sinceMs;
    }

    public void add(Frame frame, long nowMs) {
        frames.addLast(new Waiting(frame, nowMs));
        bytes += frame.size();
    }

    /** The next frame; there must be one. */
    public Frame remove() {
        Frame frame = frames.removeFirst().frame;
        bytes -= frame.size();
        return frame;
    }

    void clear() {
        frames.clear();
        bytes = 0;
    }

    /**
     * Leaves out typing, and each state that a later frame overtakes; the peer is told the numbers of those.
     *
     * @return frames left out
     */
    public int conflate() {
        List<Waiting> all = List.copyOf(frames);
        Set<String> later = new HashSet<>();
        List<Boolean> stays = new ArrayList<>(all.size());
        for (int i = all.size() - 1; i >= 0; i--) {
            Frame frame = all.get(i).frame;
            String key = frame.key();
            boolean typing = frame.kind() == Frame.Kind.TRANSIENT;
            stays.add(!typing && (key == null || later.add(frame.threadId() + ' ' + key)));
        }
        clear();
        Map<String, Hole> holes = new HashMap<>();
        int left = 0;
        for (int i = 0; i < all.size(); i++) {
            Waiting waiting = all.get(i);
            Frame frame = waiting.frame;
            if (stays.get(all.size() - 1 - i)) {
                tell(frame.threadId(), holes.remove(frame.threadId()), waiting.sinceMs);
                add(frame, waiting.sinceMs);
            } else {
                left++;
                if (frame.seq() >= 0) {
                    holes.merge(
                            frame.threadId(),
                            new Hole(frame.seq(), frame.seq()),
                            (hole, next) -> new Hole(hole.from, next.to));
                }
            }
        }
        return left;
    }

    private void tell(String threadId, @Nullable Hole hole, long sinceMs) {
        if (hole != null) {
            add(Notifications.conflated(threadId, hole.from, hole.to), sinceMs);
        }
    }

    /**
     * Gives up the events of one thread after the other, the biggest share first, until no more than that is left; the
     * peer is told to take fresh state.
     *
     * @return threads given up
     */
    public Set<String> resync(long mostBytes, long nowMs) {
        Map<String, Long> shares = new HashMap<>();
        for (Waiting waiting : frames) {
            if (waiting.frame.kind() == Frame.Kind.EVENT) {
                shares.merge(waiting.frame.threadId(), (long) waiting.frame.size(), Long::sum);
            }
        }
        List<String> biggest = shares.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .toList();
        Map<String, String> cursors = new HashMap<>();
        long left = bytes;
        for (int i = 0; i < biggest.size() && left > mostBytes; i++) {
            cursors.put(biggest.get(i), "");
            left -= shares.getOrDefault(biggest.get(i), 0L);
        }
        giveUp(cursors, nowMs);
        return cursors.keySet();
    }

    /** In place of a thread's first event that is dropped stands where it was with the last. */
    private void giveUp(Map<String, String> cursors, long nowMs) {
        for (Waiting waiting : frames) {
            String cursor = waiting.frame.cursor();
            if (cursor != null) {
                cursors.replace(waiting.frame.threadId(), cursor);
            }
        }
        Set<String> told = new HashSet<>();
        List<Waiting> all = List.copyOf(frames);
        clear();
        for (Waiting waiting : all) {
            Frame frame = waiting.frame;
            if (frame.kind() != Frame.Kind.EVENT || !cursors.containsKey(frame.threadId())) {
                add(frame, waiting.sinceMs);
            } else if (told.add(frame.threadId())) {
                String cursor = cursors.getOrDefault(frame.threadId(), "");
                add(Notifications.resync(frame.threadId(), cursor, RESYNC), nowMs);
            }
        }
    }
}
