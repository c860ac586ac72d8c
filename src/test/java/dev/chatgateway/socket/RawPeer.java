package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A WebSocket client that sends arbitrary bytes and returns each received frame. */
final class RawPeer implements AutoCloseable {
    static final int TEXT = 0x81;
    static final int TEXT_BEGIN = 0x01;
    static final int MORE = 0x00;
    static final int LAST = 0x80;
    static final int CLOSE = 0x88;
    static final int PING = 0x89;
    static final int PONG = 0x8a;
    private static final byte[] MASK = {0x37, (byte) 0xfa, 0x21, 0x3d};
    private static final int RECEIVE_BUFFER = 32_768;
    private static final int LIMIT_MS = 30_000;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private final String head;

    /** A received frame: first byte and data. */
    record Received(int head, byte[] data) {}

    /** @param early bytes sent in one packet with the upgrade request */
    RawPeer(int port, byte[] early) throws IOException {
        this(port, "", early);
    }

    /** @param headers additional header lines of the upgrade request */
    RawPeer(int port, String headers, byte[] early) throws IOException {
        socket.setReceiveBufferSize(RECEIVE_BUFFER);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LIMIT_MS);
        socket.connect(new InetSocketAddress("localhost", port), LIMIT_MS);
        in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream(), RECEIVE_BUFFER));
        byte[] upgrade = ("GET /ws HTTP/1.1\r\nHost: localhost:" + port + "\r\nConnection: Upgrade\r\n"
                        + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        send(upgrade, early);
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        while (!response.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            response.write(in.readUnsignedByte());
        }
        head = response.toString(StandardCharsets.US_ASCII);
        assertThat(head).startsWith("HTTP/1.1 101");
    }

    /** The head of the upgrade response. */
    String head() {
        return head;
    }

    /** Encodes a masked frame. */
    static byte[] frame(int head, byte[] data) {
        return frame(head, data.length < 126 ? 0 : data.length < 65_536 ? 2 : 8, data);
    }

    static byte[] frame(int head, String text) {
        return frame(head, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Encodes a masked frame.
     *
     * @param lengthBytes bytes of the extended length: 0, 2 or 8
     */
    static byte[] frame(int head, int lengthBytes, byte[] data) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(data.length + 14);
        frame.write(head);
        frame.write(0x80 | (lengthBytes == 0 ? data.length : lengthBytes == 2 ? 126 : 127));
        for (int i = lengthBytes - 1; i >= 0; i--) {
            frame.write(i > 3 ? 0 : data.length >> 8 * i);
        }
        frame.writeBytes(MASK);
        for (int i = 0; i < data.length; i++) {
            frame.write(data[i] ^ MASK[i % 4]);
        }
        return frame.toByteArray();
    }

    /** Encodes a close frame. */
    static byte[] close(int code, String reason) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        data.write(code >> 8);
        data.write(code);
        data.writeBytes(reason.getBytes(StandardCharsets.UTF_8));
        return frame(CLOSE, data.toByteArray());
    }

    /** A request for an unknown method, which gets an error with its id. */
    static String request(String id) {
        return new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", "none")
                .encode();
    }

    /** Sends all frames in one packet. */
    void send(byte[]... frames) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            all.writeBytes(frame);
        }
        socket.getOutputStream().write(all.toByteArray());
    }

    /** Sends the bytes in packets of {@code size} bytes. */
    void sendCut(int size, byte[] bytes) throws IOException {
        for (int at = 0; at < bytes.length; at += size) {
            socket.getOutputStream().write(bytes, at, Math.min(size, bytes.length - at));
        }
    }

    /** The next frame, ping frames skipped. */
    Received next() throws IOException {
        while (true) {
            int head = in.readUnsignedByte();
            long length = in.readUnsignedByte();
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = in.readLong();
            }
            assertThat(length).as("length, not masked").isBetween(0L, 1L << 24);
            Received frame = new Received(head, in.readNBytes((int) length));
            if (frame.head() != PING) {
                return frame;
            }
        }
    }

    /** The next frame, which must be a reply. */
    JsonObject reply() throws IOException {
        Received frame = next();
        assertThat(frame.head()).as("first byte of the frame").isEqualTo(TEXT);
        return new JsonObject(new String(frame.data(), StandardCharsets.UTF_8));
    }

    /** Asserts that the connection works and that nothing but this reply is received. */
    void assertOpen() throws IOException {
        send(frame(TEXT, request("still open")));
        assertThat(reply().getString("id")).isEqualTo("still open");
    }

    /** The code of the next frame, which must be a close frame; 1005 if it has none. */
    int closeCode() throws IOException {
        Received frame = next();
        assertThat(frame.head()).as("first byte of the frame").isEqualTo(CLOSE);
        return frame.data().length == 0 ? 1005 : (frame.data()[0] & 0xff) << 8 | frame.data()[1] & 0xff;
    }

    /** Asserts that nothing more is received and that the gateway ends the connection. */
    void assertEnds() throws IOException {
        try {
            assertThat(in.read()).as("bytes after the close").isEqualTo(-1);
        } catch (EOFException | java.net.SocketException reset) {
            // A reset counts as an end.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
