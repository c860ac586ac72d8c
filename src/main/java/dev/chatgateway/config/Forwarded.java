package dev.chatgateway.config;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Headers that proxies add to a request, each with all its lines in order: a proxy may append a line of its own to lines
 * that the client sent.
 *
 * @param client {@code X-Forwarded-For}
 * @param proto {@code X-Forwarded-Proto}
 * @param host {@code X-Forwarded-Host}
 */
public record Forwarded(
        @Nullable String client,
        @Nullable String proto,
        @Nullable String host) {
    /** @param headers returns all values of a header; empty if it is missing */
    public static Forwarded of(Function<String, List<String>> headers) {
        return new Forwarded(
                lines(headers, "X-Forwarded-For"),
                lines(headers, "X-Forwarded-Proto"),
                lines(headers, "X-Forwarded-Host"));
    }

    private static @Nullable String lines(Function<String, List<String>> headers, String name) {
        List<String> lines = headers.apply(name);
        return lines.isEmpty() ? null : String.join(",", lines);
    }
}
