package dev.chatgateway.poll.diff;

import dev.chatgateway.event.ChatMessage;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a thread that were published last, each in its newest published state. A client that resumes after a
 * short disconnection gets them without a call of the service. Bounded in number, bytes and age. Used on the poller's
 * context.
 */
public final class MessageRing {
    private static final int MAX_BYTES = 256 * 1024;
    /** Estimated memory of a message without its content; also of each participant that it names. */
    private static final int MESSAGE_BYTES = 200;

    private final int maxMessages;
    private final long maxAgeMs;
    /** By message id, in the order of publication. */
    private final Map<Long, Entry> entries = new LinkedHashMap<>();

    private int bytes;

    /** @param maxAgeMs milliseconds since publication after which a message is dropped */
    public MessageRing(int maxMessages, long maxAgeMs) {
        this.maxMessages = maxMessages;
        this.maxAgeMs = maxAgeMs;
    }

    /**
     * A published state.
     *
     * @param markBefore the thread's mark before the poll that found the state
     * @param publishedAt epoch milliseconds
     * @param bytes estimated memory
     */
    private record Entry(ChatMessage message, long markBefore, long publishedAt, int bytes) {}

    /** Adds states in the order in which they were published; a state replaces the previous one of its message. */
    public void add(List<ChatMessage> published, long markBefore, long now) {
        for (ChatMessage message : published) {
            Entry previous = entries.remove(message.arrivedAt());
            Entry entry = new Entry(message, markBefore, now, estimatedBytes(message));
            entries.put(message.arrivedAt(), entry);
            bytes += entry.bytes - (previous == null ? 0 : previous.bytes);
        }
        expire(now);
    }

    /** Drops messages that exceed a limit, oldest publication first. The newest one is never dropped for its size. */
    public void expire(long now) {
        Iterator<Entry> oldestFirst = entries.values().iterator();
        while (oldestFirst.hasNext()) {
            Entry oldest = oldestFirst.next();
            boolean overLimit = entries.size() > maxMessages || (bytes > MAX_BYTES && entries.size() > 1);
            if (!overLimit && oldest.publishedAt >= now - maxAgeMs) {
                return;
            }
            oldestFirst.remove();
            bytes -= oldest.bytes;
        }
    }

    /** The message in exactly that version; null if the ring does not hold it. */
    public @Nullable ChatMessage find(long id, long version) {
        Entry entry = entries.get(id);
        return entry != null && entry.message.version() == version ? entry.message : null;
    }

    /**
     * The lowest mark of a cursor that the ring may serve: the thread's mark before the oldest state here was
     * published, or the given one if the ring is empty.
     */
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

    private static int estimatedBytes(ChatMessage message) {
        String text = message.text();
        String attachments = message.attachments();
        int characters = (text == null ? 0 : text.length()) + (attachments == null ? 0 : attachments.length());
        for (Map.Entry<String, String> entry : message.metadata().entrySet()) {
            characters += entry.getKey().length() + entry.getValue().length();
        }
        return 2 * characters + MESSAGE_BYTES * (1 + message.participants().size());
    }
}
