package dev.chatgateway.poll.diff;

import dev.chatgateway.event.ChatMessage;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages in the states that were published last, so that a client that was away for a short time gets them without
 * a call of the service. Bounded in number, bytes and age. Lives on the poller's context.
 */
public final class MessageRing {
    private static final int MOST_BYTES = 256 * 1024;
    /** Bytes of a message beside its content. */
    private static final int MESSAGE_BYTES = 200;

    private final int most;
    private final long oldestMs;
    private final Map<Long, Entry> entries = new LinkedHashMap<>();
    private int bytes;

    /**
     * @param most number of messages
     * @param oldestMs how long one is kept, in milliseconds
     */
    public MessageRing(int most, long oldestMs) {
        this.most = most;
        this.oldestMs = oldestMs;
    }

    /**
     * A published state.
     *
     * @param markBefore the thread's mark before it was published
     * @param at when it was published, epoch milliseconds
     */
    private record Entry(ChatMessage message, long markBefore, long at, int bytes) {}

    /** Adds states, in the order in which they were published. */
    public void add(List<ChatMessage> published, long markBefore, long now) {
        for (ChatMessage message : published) {
            Entry before = entries.remove(message.arrivedAt());
            Entry entry = new Entry(message, markBefore, now, weight(message));
            entries.put(message.arrivedAt(), entry);
            bytes += entry.bytes - (before == null ? 0 : before.bytes);
        }
        expire(now);
    }

    /** Drops what is too old or too much. */
    public void expire(long now) {
        Iterator<Entry> oldestFirst = entries.values().iterator();
        while (oldestFirst.hasNext()) {
            Entry oldest = oldestFirst.next();
            boolean tooMuch = entries.size() > most || (bytes > MOST_BYTES && entries.size() > 1);
            if (!tooMuch && oldest.at >= now - oldestMs) {
                return;
            }
            oldestFirst.remove();
            bytes -= oldest.bytes;
        }
    }

    /** A message in just that version; null when it is not here. */
    public @Nullable ChatMessage find(long id, long version) {
        Entry entry = entries.get(id);
        return entry != null && entry.message.version() == version ? entry.message : null;
    }

    /** The thread's mark before the oldest state here was published; the given mark when there is none. */
    public long startMark(long mark) {
        return entries.isEmpty()
                ? mark
                : Math.min(mark, entries.values().iterator().next().markBefore);
    }

    public void clear() {
        entries.clear();
        bytes = 0;
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    private static int weight(ChatMessage message) {
        String text = message.text();
        String attachments = message.attachments();
        int characters = (text == null ? 0 : text.length()) + (attachments == null ? 0 : attachments.length());
        for (Map.Entry<String, String> entry : message.metadata().entrySet()) {
            characters += entry.getKey().length() + entry.getValue().length();
        }
        return 2 * characters + MESSAGE_BYTES * (1 + message.participants().size());
    }
}
