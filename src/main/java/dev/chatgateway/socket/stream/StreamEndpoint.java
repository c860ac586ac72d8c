package dev.chatgateway.socket.stream;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One address that {@link Streams} serves (docs/openapi.yaml). */
enum StreamEndpoint {
    THREAD_EVENTS("GET", "/threads/{threadId}/events"),
    INBOX_EVENTS("GET", "/inbox/events"),
    STREAM("POST", "/streams"),
    REQUESTS("POST", "/rpc");

    private static final Pattern THREAD = Pattern.compile("/threads/([^/]+)/events");

    private final String method;
    private final String path;

    StreamEndpoint(String method, String path) {
        this.method = method;
        this.path = path;
    }

    /** The endpoint of a path; null if the path is not served here. */
    static @Nullable StreamEndpoint of(@Nullable String path) {
        if (path == null) {
            return null;
        }
        for (StreamEndpoint endpoint : values()) {
            if (endpoint.path.equals(path)) {
                return endpoint;
            }
        }
        return THREAD.matcher(path).matches() ? THREAD_EVENTS : null;
    }

    /** The thread of a path of {@link #THREAD_EVENTS}. */
    static String threadId(String path) {
        Matcher thread = THREAD.matcher(path);
        return thread.matches() ? URLDecoder.decode(thread.group(1).replace("+", "%2B"), StandardCharsets.UTF_8) : "";
    }

    /** The only method of the path, besides OPTIONS. */
    String method() {
        return method;
    }

    /** The path, as a template with {@code {threadId}}. */
    String path() {
        return path;
    }
}
