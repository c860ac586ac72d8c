package dev.chatgateway.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Requests written to the letter, as no HTTP client would let through. Blocking, 20 s at most. */
public final class RawHttp1 {
    private static final int LIMIT_MS = 20_000;

    private RawHttp1() {}

    /** Sends a text; what comes back until the head of the answer is complete, or the server closes. */
    public static String send(URI to, String text) throws IOException {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(LIMIT_MS);
            socket.connect(new InetSocketAddress("127.0.0.1", to.getPort()), LIMIT_MS);
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            byte[] piece = new byte[65_536];
            StringBuilder answer = new StringBuilder();
            while (answer.indexOf("\r\n\r\n") < 0) {
                int read = socket.getInputStream().read(piece);
                if (read < 0) {
                    break;
                }
                answer.append(new String(piece, 0, read, StandardCharsets.ISO_8859_1));
            }
            return answer.toString();
        }
    }

    /** A request with these header lines. */
    public static String request(URI to, String method, String target, String... headers) throws IOException {
        return send(to, head(to, method, target, headers));
    }

    /** The text of a request without a body. */
    public static String head(URI to, String method, String target, String... headers) {
        StringBuilder text = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
        if (String.join("\n", headers).toLowerCase(java.util.Locale.ROOT).indexOf("host:") != 0) {
            text.append("Host: localhost:").append(to.getPort()).append("\r\n");
        }
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        return text.append("\r\n").toString();
    }

    /** The text of an upgrade to a WebSocket at {@code /ws}. */
    public static String upgrade(URI to, String... headers) {
        String[] all = new String[headers.length + 4];
        System.arraycopy(headers, 0, all, 0, headers.length);
        all[headers.length] = "Connection: Upgrade";
        all[headers.length + 1] = "Upgrade: websocket";
        all[headers.length + 2] = "Sec-WebSocket-Version: 13";
        all[headers.length + 3] = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
        return head(to, "GET", "/ws", all);
    }
}
