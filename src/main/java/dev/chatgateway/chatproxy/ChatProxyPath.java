package dev.chatgateway.chatproxy;

import dev.chatgateway.upstream.ChatOperation;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The operation and identifiers of a path below {@code /chat/}. Identifiers are decoded; the path is forwarded
 * unchanged. Names are matched without regard to case, because the service may accept {@code /chat/Threads} too.
 *
 * @param operation null for paths that are not an operation of the API
 * @param label label for metrics: of the operation, or one of config, images, other
 */
public record ChatProxyPath(
        @Nullable ChatOperation operation,
        @Nullable String threadId,
        @Nullable String messageId,
        String label) {
    private static final String PREFIX = "/chat/";

    /**
     * Parses a request target in origin form. Empty unless the path is safely below {@code /chat/}: relative segments
     * in any encoding, which the service might resolve, and invalid escapes are refused.
     */
    public static Optional<ChatProxyPath> of(String method, String target) {
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        if (!path.startsWith(PREFIX) || path.indexOf('#') >= 0) {
            return Optional.empty();
        }
        return decode(path.substring(1)).filter(ChatProxyPath::isSafe).map(segments -> match(method, segments));
    }

    private static Optional<List<String>> decode(String path) {
        try {
            // A plus in a path is not a space.
            return Optional.of(List.of(path.split("/", -1)).stream()
                    .map(s -> URLDecoder.decode(s.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toList());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean isSafe(List<String> segments) {
        return segments.stream()
                .allMatch(s -> !s.isEmpty()
                        && !s.equals(".")
                        && !s.equals("..")
                        && s.chars().noneMatch(c -> c == '/' || c == '\\' || c == '%' || Character.isISOControl(c)));
    }

    private static ChatProxyPath match(String method, List<String> segments) {
        for (ChatOperation operation : ChatOperation.values()) {
            List<String> template = List.of(operation.template().substring(1).split("/", -1));
            if (operation.method().equals(method) && matches(template, segments)) {
                return new ChatProxyPath(
                        operation,
                        segment(template, segments, "{t}"),
                        segment(template, segments, "{m}"),
                        operation.label());
            }
        }
        boolean images = segments.size() >= 4
                && segments.get(1).equalsIgnoreCase("threads")
                && segments.get(3).equalsIgnoreCase("images");
        String label = segments.get(1).equalsIgnoreCase("config") ? "config" : images ? "images" : "other";
        return new ChatProxyPath(null, null, null, label);
    }

    private static boolean matches(List<String> template, List<String> segments) {
        if (template.size() != segments.size()) {
            return false;
        }
        for (int i = 0; i < template.size(); i++) {
            if (!template.get(i).startsWith("{") && !template.get(i).equalsIgnoreCase(segments.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable String segment(List<String> template, List<String> segments, String name) {
        int i = template.indexOf(name);
        return i < 0 ? null : segments.get(i);
    }
}
