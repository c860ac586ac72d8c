package dev.chatgateway.signaling.wire;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A packet of socket.io 0.9: {@code <type>:<id>[+]:<endpoint>:<data>}. The endpoint is always empty here. A client's
 * heartbeat (type 2) needs no answer.
 *
 * @param type one digit
 * @param id empty for a packet without an id
 * @param answered whether the sender expects an answer
 */
public record Packet(char type, String id, boolean answered, String data) {
    /** Closes the connection; either side. */
    public static final char DISCONNECT = '0';
    /** A push, or the client's acknowledgement of one. */
    public static final char JSON = '3';
    /** A named event. */
    public static final char EVENT = '5';

    public static final byte[] CONNECTED = ascii("1::");
    public static final byte[] BEAT = ascii("2::");
    public static final byte[] GOODBYE = ascii("0::");
    /** Makes the client ask its token provider for a new token before it connects again. */
    public static final byte[] UNAUTHORIZED = ascii("0:::{\"reason\":\"unauthorized\"}");
    /** The answer to a poll that brings nothing. */
    public static final byte[] NOTHING = ascii("8::");
    /** Makes the client open another connection before it leaves this one. */
    public static final byte[] RECONNECT =
            ascii("5:::{\"name\":\"trouter.reconnect\",\"args\":[{\"target\":\"self\"}]}");

    private static final char MARK = '\ufffd';
    private static final int LONGEST_ID = 20;
    /** Characters of an acknowledgement at most; the client sends about 120. */
    private static final int LONGEST_ACKNOWLEDGEMENT = 4_096;

    private static final Pattern LENGTH = Pattern.compile("\\d{1,7}");
    private static final String FIRST_ID = "{\"id\":";
    private static final byte[] ACKNOWLEDGEMENT = ascii(JSON + ":::" + FIRST_ID);
    /** Bytes of an acknowledgement that is read without a parser. */
    private static final int SHORT_ACKNOWLEDGEMENT = 256;

    /** Reads a packet; empty for what is none. */
    public static Optional<Packet> parse(String text) {
        int first = text.indexOf(':');
        int second = first < 0 ? -1 : text.indexOf(':', first + 1);
        if (first != 1 || second < 0 || second - first > LONGEST_ID || !Character.isDigit(text.charAt(0))) {
            return Optional.empty();
        }
        String id = text.substring(first + 1, second);
        boolean answered = id.endsWith("+");
        String number = answered ? id.substring(0, id.length() - 1) : id;
        if (digits(number, 0) < number.length()) {
            return Optional.empty();
        }
        int third = text.indexOf(':', second + 1);
        return Optional.of(new Packet(text.charAt(0), number, answered, third < 0 ? "" : text.substring(third + 1)));
    }

    /**
     * The id in an acknowledgement as the official client writes it, without a copy of the bytes; -1 for any other packet,
     * which {@link #parse} accepts or refuses. Does not change the buffer.
     */
    public static long acknowledgement(ByteBuffer packet) {
        int from = packet.position();
        int digits = from + ACKNOWLEDGEMENT.length;
        if (packet.remaining() > SHORT_ACKNOWLEDGEMENT || packet.limit() <= digits) {
            return -1;
        }
        for (int i = 0; i < ACKNOWLEDGEMENT.length; i++) {
            if (packet.get(from + i) != ACKNOWLEDGEMENT[i]) {
                return -1;
            }
        }
        long id = 0;
        int at = digits;
        for (; at < packet.limit() && packet.get(at) >= '0' && packet.get(at) <= '9'; at++) {
            id = id * 10 + packet.get(at) - '0';
        }
        boolean ends = at < packet.limit() && (packet.get(at) == ',' || packet.get(at) == '}');
        return ends && at > digits && at - digits < LONGEST_ID - 2 && ascii(packet, at) ? id : -1;
    }

    /** Bytes beyond ASCII may be invalid UTF-8, which closes the connection. */
    private static boolean ascii(ByteBuffer packet, int from) {
        byte all = 0;
        for (int at = from; at < packet.limit(); at++) {
            all |= packet.get(at);
        }
        return all >= 0;
    }

    /** Where the digits end that begin at an index. */
    private static int digits(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at;
    }

    /** The packets of a polling request's body: one, or several with their lengths in characters before them. */
    public static List<String> split(String body) {
        if (body.isEmpty() || body.charAt(0) != MARK) {
            return List.of(body);
        }
        List<String> packets = new ArrayList<>();
        int at = 0;
        while (at < body.length() && body.charAt(at) == MARK) {
            int end = body.indexOf(MARK, at + 1);
            String digits = end < 0 ? "" : body.substring(at + 1, end);
            if (!LENGTH.matcher(digits).matches() || end + 1 + Integer.parseInt(digits) > body.length()) {
                return packets;
            }
            at = end + 1 + Integer.parseInt(digits);
            packets.add(body.substring(end + 1, at));
        }
        return packets;
    }

    /** The body that answers a poll with these packets, at least one. */
    public static String join(List<byte[]> packets) {
        if (packets.size() == 1) {
            return new String(packets.get(0), StandardCharsets.UTF_8);
        }
        StringBuilder body = new StringBuilder();
        for (byte[] packet : packets) {
            String text = new String(packet, StandardCharsets.UTF_8);
            body.append(MARK).append(text.length()).append(MARK).append(text);
        }
        return body.toString();
    }

    /** The answer to a packet that expects one; null for all others. */
    public byte @Nullable [] answer() {
        return answered && type == EVENT ? ascii("6:::" + id + "+[]") : null;
    }

    /** The id of the push that the client acknowledges; -1 if it acknowledges none. */
    public long acknowledged() {
        if (type != JSON || data.length() > LONGEST_ACKNOWLEDGEMENT) {
            return -1;
        }
        // The official client writes the id first; the rest of such a packet needs no parser.
        int end = data.startsWith(FIRST_ID) ? digits(data, FIRST_ID.length()) : 0;
        if (end > FIRST_ID.length() && end - FIRST_ID.length() < LONGEST_ID - 2 && end < data.length()) {
            if (data.charAt(end) == ',' || data.charAt(end) == '}') {
                return Long.parseLong(data, FIRST_ID.length(), end, 10);
            }
        }
        try {
            return new JsonObject(data).getValue("id") instanceof Number number ? number.longValue() : -1;
        } catch (DecodeException e) {
            return -1;
        }
    }

    /** The first packet behind {@link #CONNECTED}: the session is established. */
    public static byte[] established(long seconds) {
        return ascii("5:::{\"name\":\"trouter.connected\",\"args\":[{\"ttl\":" + seconds + ",\"dur\":\"1800\"}]}");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
