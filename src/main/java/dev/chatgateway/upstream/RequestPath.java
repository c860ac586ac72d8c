package dev.chatgateway.upstream;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The path and query of a call; each identifier and value is percent-encoded exactly once. */
public final class RequestPath {
    private static final String UNRESERVED = "-._~";
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();

    private RequestPath() {}

    /**
     * The request target below the endpoint's own path.
     *
     * @throws IllegalArgumentException if an identifier is missing, or would change the structure of the path
     */
    public static String of(String base, ChatCall call, String apiVersion) {
        String path = call.operation().template();
        if (path.contains("{t}")) {
            path = path.replace("{t}", segment("threadId", call.threadId()));
        }
        if (path.contains("{m}")) {
            path = path.replace("{m}", segment("messageId", call.messageId()));
        }
        StringBuilder target = new StringBuilder(base).append(path).append("?api-version=");
        target.append(encode(apiVersion));
        for (Map.Entry<String, String> entry : new TreeMap<>(call.query()).entrySet()) {
            target.append('&').append(encode(entry.getKey())).append('=').append(encode(entry.getValue()));
        }
        return target.toString();
    }

    /** Dots cannot be escaped: a server or proxy resolves them as relative segments in each encoding. */
    private static String segment(String name, @Nullable String id) {
        if (id == null || id.isEmpty() || id.equals(".") || id.equals("..")) {
            throw new IllegalArgumentException(
                    name + ": " + (id == null ? "missing" : '"' + id + '"') + " (expected: an identifier)");
        }
        return encode(Objects.requireNonNull(id));
    }

    static String encode(String text) {
        StringBuilder encoded = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c < 128 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0)) {
                encoded.append(c);
            } else {
                encoded.append('%').append(HEX[c >> 4]).append(HEX[c & 15]);
            }
        }
        return encoded.toString();
    }
}
