package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatEvent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One notification, encoded once and shared by all receivers of an audience. Belongs to the event loop that made it.
 */
public final class Frame {
    private final Kind kind;
    private final String threadId;
    private final long seq;
    private final @Nullable String key;
    private final @Nullable String cursor;
    private final byte[] text;
    private final @Nullable ChatEvent event;

    /**
     * @param seq number in the audience; -1 where the protocol has none
     * @param key frames of a thread with the same key replace each other for a slow receiver; null: never replaced
     * @param cursor where a client stands that has this event; null where there is none
     * @param text the JSON-RPC notification
     */
    public Frame(Kind kind, String threadId, long seq, @Nullable String key, @Nullable String cursor, String text) {
        this(kind, threadId, seq, key, cursor, text.getBytes(StandardCharsets.UTF_8));
    }

    /** @param text in UTF-8; belongs to the frame from now on */
    Frame(Kind kind, String threadId, long seq, @Nullable String key, @Nullable String cursor, byte[] text) {
        this(kind, threadId, seq, key, cursor, text, null);
    }

    /** @param event what the text says; null for a notification that is no event of the chat service */
    Frame(
            Kind kind,
            String threadId,
            long seq,
            @Nullable String key,
            @Nullable String cursor,
            byte[] text,
            @Nullable ChatEvent event) {
        this.kind = kind;
        this.threadId = threadId;
        this.seq = seq;
        this.key = key;
        this.cursor = cursor;
        this.text = text;
        this.event = event;
    }

    /** Any text that is about no thread, such as an answer; never dropped. */
    public static Frame of(String text) {
        return new Frame(Kind.CONTROL, "", -1, null, null, text);
    }

    /** A text in UTF-8 that is about no thread; the bytes belong to the frame from now on. */
    public static Frame ofUtf8(byte[] text) {
        return new Frame(Kind.CONTROL, "", -1, null, null, text);
    }

    /** What a slow receiver may lose. */
    public enum Kind {
        /** Control: never dropped; one with a key may be replaced by a newer. */
        CONTROL,
        /** A change of state: an older one with the same key may be replaced by a newer. */
        EVENT,
        /** Typing: may be dropped. */
        TRANSIENT
    }

    /** What a slow receiver may lose. */
    public Kind kind() {
        return kind;
    }

    /** The thread that the notification is about. */
    public String threadId() {
        return threadId;
    }

    /** The number in the audience; -1 where the protocol has none. */
    public long seq() {
        return seq;
    }

    /** Message or reader that the state belongs to, for conflation. */
    public @Nullable String key() {
        return key;
    }

    /** Where a client stands that has this event; null where there is none. */
    public @Nullable String cursor() {
        return cursor;
    }

    /** The event, for a transport that encodes it in another form; null for control frames. */
    public @Nullable ChatEvent event() {
        return event;
    }

    /** The JSON text as the peer reads it: half surrogate pairs are replaced. */
    public String text() {
        return new String(text, StandardCharsets.UTF_8);
    }

    /** The text in UTF-8, shared by all receivers: must not be changed. */
    public byte[] bytes() {
        return text;
    }

    /** Bytes of the text in UTF-8. */
    public int size() {
        return text.length;
    }
}
