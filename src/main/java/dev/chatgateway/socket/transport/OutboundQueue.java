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
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Frames that wait for a slow peer, in order. When they are too many they are reduced in two steps: {@link #conflate},
 * then {@link #resync}. Replies and control frames are never dropped. Owned by one connection.
 */
public final class OutboundQueue {
    /** The resync of a thread whose events were dropped. */
    public static final Resync RESYNC = new Resync(ResyncReason.OVERFLOW, Resync.Cause.OUTBOUND_QUEUE);

    private final ArrayDeque<Entry> frames = new ArrayDeque<>();
    private long bytes;

    private record Entry(Frame frame, long sinceMs) {}

    /** Sequence numbers of dropped events between two kept events of a thread. */
    private record Gap(long from, long to) {}

    public boolean isEmpty() {
        return frames.isEmpty();
    }

    /** The sum of all frame sizes, in bytes. */
    public long bytes() {
        return bytes;
    }

    /** When the oldest frame was added, in epoch milliseconds; {@code nowMs} if the queue is empty. */
    public long oldestMs(long nowMs) {
        Entry oldest = frames.peek();
        return oldest == null ? nowMs : oldest.sinceMs;
    }

    public void add(Frame frame, long nowMs) {
        frames.addLast(new Entry(frame, nowMs));
        bytes += frame.size();
    }

    /** Removes the first frame. The queue must not be empty. */
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
     * Drops typing notifications, and each state that a later frame replaces. The peer is told the sequence numbers of
     * dropped events.
     *
     * @return number of dropped frames
     */
    public int conflate() {
        List<Entry> all = List.copyOf(frames);
        Set<String> laterKeys = new HashSet<>();
        List<Boolean> kept = new ArrayList<>(all.size());
        for (int i = all.size() - 1; i >= 0; i--) {
            Frame frame = all.get(i).frame;
            String key = frame.key();
            boolean typing = frame.kind() == Frame.Kind.TRANSIENT;
            kept.add(!typing && (key == null || laterKeys.add(frame.threadId() + ' ' + key)));
        }
        clear();
        Map<String, Gap> gaps = new HashMap<>();
        int dropped = 0;
        for (int i = 0; i < all.size(); i++) {
            Entry entry = all.get(i);
            Frame frame = entry.frame;
            if (kept.get(all.size() - 1 - i)) {
                addGapNotice(frame.threadId(), gaps.remove(frame.threadId()), entry.sinceMs);
                add(frame, entry.sinceMs);
            } else {
                dropped++;
                if (frame.seq() >= 0) {
                    gaps.merge(
                            frame.threadId(),
                            new Gap(frame.seq(), frame.seq()),
                            (gap, next) -> new Gap(gap.from, next.to));
                }
            }
        }
        return dropped;
    }

    private void addGapNotice(String threadId, @Nullable Gap gap, long sinceMs) {
        if (gap != null) {
            add(Notifications.conflated(threadId, gap.from, gap.to), sinceMs);
        }
    }

    /**
     * Drops the events of whole threads, starting with the thread that has the most bytes, until {@code maxBytes} are
     * left. The peer is told to fetch the state of these threads.
     *
     * @return ids of the threads whose events were dropped
     */
    public Set<String> resync(long maxBytes, long nowMs) {
        return resync(maxBytes, nowMs, OutboundQueue::plainResync);
    }

    /** The notification without any state of the thread. */
    public static Frame plainResync(String threadId, String cursor) {
        return Notifications.resync(threadId, cursor, RESYNC);
    }

    /** @param notification makes the notification of a thread with a cursor */
    public Set<String> resync(long maxBytes, long nowMs, BiFunction<String, String, Frame> notification) {
        Map<String, Long> bytesByThread = new HashMap<>();
        for (Entry entry : frames) {
            if (entry.frame.kind() == Frame.Kind.EVENT) {
                bytesByThread.merge(entry.frame.threadId(), (long) entry.frame.size(), Long::sum);
            }
        }
        List<String> largestFirst = bytesByThread.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
                .map(Map.Entry::getKey)
                .toList();
        Map<String, String> cursors = new HashMap<>();
        long remaining = bytes;
        for (int i = 0; i < largestFirst.size() && remaining > maxBytes; i++) {
            cursors.put(largestFirst.get(i), "");
            remaining -= bytesByThread.getOrDefault(largestFirst.get(i), 0L);
        }
        dropThreads(cursors, nowMs, notification);
        return cursors.keySet();
    }

    /** Replaces the first event of each thread by a resync notification with the cursor of its last event. */
    private void dropThreads(Map<String, String> cursors, long nowMs, BiFunction<String, String, Frame> notification) {
        for (Entry entry : frames) {
            String cursor = entry.frame.cursor();
            // The cursor of a control frame is one of the inbox.
            if (cursor != null && entry.frame.kind() != Frame.Kind.CONTROL) {
                cursors.replace(entry.frame.threadId(), cursor);
            }
        }
        Set<String> announced = new HashSet<>();
        List<Entry> all = List.copyOf(frames);
        clear();
        for (Entry entry : all) {
            Frame frame = entry.frame;
            if (frame.kind() != Frame.Kind.EVENT || !cursors.containsKey(frame.threadId())) {
                add(frame, entry.sinceMs);
            } else if (announced.add(frame.threadId())) {
                String cursor = cursors.getOrDefault(frame.threadId(), "");
                add(notification.apply(frame.threadId(), cursor), nowMs);
            }
        }
    }
}
