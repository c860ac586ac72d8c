package dev.chatgateway.socket.stream;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Encodes notifications as Server-Sent Events: {@code id} is the cursor, {@code event} the method, {@code data} the
 * params. A batch for many streams is encoded once. One for each event loop.
 */
final class SseEncoder {
    private static final byte[] HEAD = ascii("{\"jsonrpc\":\"2.0\",\"method\":\"");
    private static final byte[] PARAMS = ascii("\",\"params\":");
    private static final byte[] ID = ascii("id: ");
    private static final byte[] EVENT = ascii("event: ");
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] NEXT_FIELD = ascii("\n");
    private static final byte[] END = ascii("\n\n");

    /** The batch of the last call. The receivers of one batch ask for it one after another. */
    private @Nullable FrameBatch lastBatch;

    private byte[] lastEncoded = {};

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Whether the frame is a notification, not a response. */
    static boolean isNotification(Frame frame) {
        byte[] text = frame.bytes();
        return text.length > HEAD.length && Arrays.equals(text, 0, HEAD.length, HEAD, 0, HEAD.length);
    }

    /** The method of a notification. */
    static String method(Frame notification) {
        byte[] text = notification.bytes();
        return new String(text, HEAD.length, methodEnd(text) - HEAD.length, StandardCharsets.US_ASCII);
    }

    /** The notification without its member {@code jsonrpc}. */
    static String withoutVersion(Frame notification) {
        byte[] text = notification.bytes();
        int from = HEAD.length - "\"method\":\"".length();
        return '{' + new String(text, from, text.length - from, StandardCharsets.UTF_8);
    }

    /** The events of a batch. The caller must not change the array. */
    @SuppressWarnings("ReferenceEquality") // batches are shared by identity
    byte[] encode(FrameBatch batch) {
        if (batch != lastBatch) {
            int size = batch.frames().stream().mapToInt(SseEncoder::size).sum();
            byte[] encoded = new byte[size];
            int at = 0;
            for (Frame frame : batch.frames()) {
                at = encode(frame, encoded, at);
            }
            lastBatch = batch;
            lastEncoded = encoded;
        }
        return lastEncoded;
    }

    /** One event. */
    static byte[] encode(Frame notification) {
        byte[] encoded = new byte[size(notification)];
        encode(notification, encoded, 0);
        return encoded;
    }

    private static int size(Frame frame) {
        String cursor = frame.cursor();
        int id = cursor == null ? 0 : ID.length + cursor.length() + NEXT_FIELD.length;
        int texts = frame.size() - HEAD.length - PARAMS.length - 1;
        return id + EVENT.length + NEXT_FIELD.length + DATA.length + texts + END.length;
    }

    private static int encode(Frame frame, byte[] to, int start) {
        byte[] text = frame.bytes();
        int methodEnd = methodEnd(text);
        int at = start;
        String cursor = frame.cursor();
        if (cursor != null) {
            at = append(ID, 0, ID.length, to, at);
            at = append(ascii(cursor), 0, cursor.length(), to, at);
            at = append(NEXT_FIELD, 0, NEXT_FIELD.length, to, at);
        }
        at = append(EVENT, 0, EVENT.length, to, at);
        at = append(text, HEAD.length, methodEnd - HEAD.length, to, at);
        at = append(NEXT_FIELD, 0, NEXT_FIELD.length, to, at);
        at = append(DATA, 0, DATA.length, to, at);
        int params = methodEnd + PARAMS.length;
        at = append(text, params, text.length - 1 - params, to, at);
        return append(END, 0, END.length, to, at);
    }

    private static int append(byte[] from, int offset, int length, byte[] to, int at) {
        System.arraycopy(from, offset, to, at, length);
        return at + length;
    }

    private static int methodEnd(byte[] text) {
        int at = HEAD.length;
        while (text[at] != '"') {
            at++;
        }
        return at;
    }
}
