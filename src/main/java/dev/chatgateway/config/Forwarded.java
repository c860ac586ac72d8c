package dev.chatgateway.config;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What proxies say of a request, each header with all its lines in their order: a proxy may add a line of its own to
 * what came in from outside.
 *
 * @param client {@code X-Forwarded-For}
 * @param proto {@code X-Forwarded-Proto}
 * @param host {@code X-Forwarded-Host}
 */
public record Forwarded(
        @Nullable String client,
        @Nullable String proto,
        @Nullable String host) {
    /** @param headers all values of a header, none if it is not there */
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
