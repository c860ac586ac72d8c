package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatEvent;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket text message, encoded once and shared by all receivers of an audience. Used on the event loop that made it
 * only.
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
     * @param seq sequence number in the audience; -1 for a notification without one
     * @param key for a slow receiver a frame replaces an earlier one of the thread with the same key; null: never replaced
     * @param cursor position of a client that has this event; null for a notification without one
     * @param text the JSON-RPC notification
     */
    public Frame(Kind kind, String threadId, long seq, @Nullable String key, @Nullable String cursor, String text) {
        this(kind, threadId, seq, key, cursor, text.getBytes(StandardCharsets.UTF_8));
    }

    /** @param text in UTF-8; the caller must not change it any more */
    Frame(Kind kind, String threadId, long seq, @Nullable String key, @Nullable String cursor, byte[] text) {
        this(kind, threadId, seq, key, cursor, text, null);
    }

    /** @param event the event that the text carries; null for a notification that is no event of the chat service */
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

    /** A text that concerns no thread, such as a response. Never dropped. */
    public static Frame of(String text) {
        return new Frame(Kind.CONTROL, "", -1, null, null, text);
    }

    /** A text in UTF-8 that concerns no thread. The caller must not change the bytes any more. */
    public static Frame ofUtf8(byte[] text) {
        return new Frame(Kind.CONTROL, "", -1, null, null, text);
    }

    /** What may be left out for a slow receiver. */
    public enum Kind {
        /** Never dropped; one with a key may be replaced by a later one. */
        CONTROL,
        /** A change of state; may be replaced by a later one with the same key. */
        EVENT,
        /** May be dropped. */
        TRANSIENT
    }

    /** What may be left out for a slow receiver. */
    public Kind kind() {
        return kind;
    }

    /** The thread that the frame concerns; empty for none. */
    public String threadId() {
        return threadId;
    }

    /** Sequence number in the audience; -1 for a frame without one. */
    public long seq() {
        return seq;
    }

    /** Names the state that the frame reports, for conflation; null: never replaced. */
    public @Nullable String key() {
        return key;
    }

    /** Position of a client that has this event, in its thread or for control frames in the inbox; null: none. */
    public @Nullable String cursor() {
        return cursor;
    }

    /** The event, for a transport that encodes it in another form; null for control frames. */
    public @Nullable ChatEvent event() {
        return event;
    }

    /** The JSON text as the client receives it: unpaired surrogates are replaced. */
    public String text() {
        return new String(text, StandardCharsets.UTF_8);
    }

    /** The text in UTF-8. Shared by all receivers: do not change it. */
    public byte[] bytes() {
        return text;
    }

    /** Length of the text in bytes. */
    public int size() {
        return text.length;
    }
}
