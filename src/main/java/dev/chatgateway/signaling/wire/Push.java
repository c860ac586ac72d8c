package dev.chatgateway.signaling.wire;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.nio.charset.StandardCharsets;

/**
 * An event on its way to one client, until the client acknowledges it. Owned by the session's event loop.
 */
public final class Push {
    private static final byte[] START = utf8("3:::{\"id\":");
    private static final byte[] END = utf8("}\"}");

    private final Body body;
    private final long id;
    private final long sinceMs;
    private long sentMs;

    /** @param id unique in the session */
    public Push(Body body, long id, long sinceMs) {
        this.body = body;
        this.id = id;
        this.sinceMs = sinceMs;
    }

    /** What all receivers of an event share. */
    public static final class Body {
        private final String event;
        private final byte[] name;
        private final byte[] fields;
        private final boolean brief;

        /**
         * @param event the event's name
         * @param fields the members of the body's JSON object, escaped as a part of a JSON string; belong to the body
         * @param brief whether the event means nothing a few seconds later
         */
        Body(String event, byte[] fields, boolean brief) {
            this.event = event;
            name = utf8(event);
            this.fields = fields;
            this.brief = brief;
        }

        public String event() {
            return event;
        }

        public boolean brief() {
            return brief;
        }

        /** Bytes that it counts for in a session's queue. */
        public int size() {
            return fields.length;
        }
    }

    /** What all pushes to one session share: the address that it registered and its user. */
    public static final class Address {
        private final byte[] url;
        private final byte[] recipient;

        /** @param url ends in a slash */
        public Address(String url, String userId) {
            this.url = utf8(",\"method\":\"POST\",\"url\":\"" + escaped(url));
            String id = escaped(userId);
            recipient = utf8("\",\"headers\":{\"Content-Type\":\"application/json\"},\"body\":\"{"
                    + escaped("\"recipientId\":\"" + id + "\",\"recipientMri\":\"" + id + "\","));
        }
    }

    public long id() {
        return id;
    }

    public Body body() {
        return body;
    }

    /** When the event was accepted for the session, epoch milliseconds. */
    public long sinceMs() {
        return sinceMs;
    }

    /** When it was last written, epoch milliseconds; 0 before. */
    public long sentMs() {
        return sentMs;
    }

    public void sent(long nowMs) {
        sentMs = nowMs;
    }

    /** The packet for one session. */
    public byte[] packet(Address address) {
        byte[] number = utf8(Long.toString(id));
        byte[][] parts = {START, number, address.url, body.name, address.recipient, body.fields, END};
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] packet = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, packet, at, part.length);
            at += part.length;
        }
        return packet;
    }

    /** A text as it stands in a JSON string. */
    public static String escaped(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
