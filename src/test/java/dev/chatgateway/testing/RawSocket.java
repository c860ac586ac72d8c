package dev.chatgateway.testing;

import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A WebSocket client that reads only when it is told to, with a small receive buffer. Blocking, 20 s at most. */
public final class RawSocket implements AutoCloseable {
    private static final int LIMIT_MS = 20_000;
    private static final int CLOSE = 8;
    private static final int TEXT = 1;

    private final Socket socket = new Socket();
    private final DataInputStream in;
    private int ids;

    public RawSocket(GatewayExtension gateway) throws IOException {
        URI uri = gateway.endpoints().webSocket();
        socket.setReceiveBufferSize(4096);
        socket.setSoTimeout(LIMIT_MS);
        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), LIMIT_MS);
        String upgrade = "GET /ws HTTP/1.1\r\nHost: " + uri.getAuthority() + "\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        socket.getOutputStream().write(upgrade.getBytes(StandardCharsets.US_ASCII));
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 2048));
        skipHead(in);
    }

    private static void skipHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no upgrade: " + head.toString(StandardCharsets.US_ASCII));
            }
            head.write(next);
        }
        if (!head.toString(StandardCharsets.US_ASCII).startsWith("HTTP/1.1 101")) {
            throw new IOException(head.toString(StandardCharsets.US_ASCII));
        }
    }

    /** Sends a request and reads until its result. */
    public JsonObject call(String method, JsonObject params) throws IOException {
        int id = ++ids;
        JsonObject request = new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", method)
                .put("params", params);
        send(request.encode());
        while (true) {
            JsonObject frame = next().orElseThrow(() -> new IOException(method + ": closed"));
            if (Integer.valueOf(id).equals(frame.getValue("id"))) {
                return frame.getJsonObject("result");
            }
        }
    }

    /** Sends one text frame, with a mask of zeros. */
    public void send(String text) throws IOException {
        byte[] data = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(0x81);
        if (data.length < 126) {
            frame.write(0x80 | data.length);
        } else {
            frame.write(0x80 | 126);
            frame.write(data.length >> 8);
            frame.write(data.length);
        }
        frame.write(new byte[4]);
        frame.write(data);
        socket.getOutputStream().write(frame.toByteArray());
    }

    /** The next JSON object; empty when the gateway closes. Control frames are passed over. */
    public Optional<JsonObject> next() throws IOException {
        while (true) {
            int opcode = in.readUnsignedByte() & 0x0f;
            int length = in.readUnsignedByte();
            if (length == 126) {
                length = in.readUnsignedShort();
            } else if (length == 127) {
                length = (int) in.readLong();
            }
            byte[] data = in.readNBytes(length);
            if (opcode == TEXT) {
                return Optional.of(new JsonObject(new String(data, StandardCharsets.UTF_8)));
            } else if (opcode == CLOSE) {
                return Optional.empty();
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
