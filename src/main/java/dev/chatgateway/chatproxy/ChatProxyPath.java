package dev.chatgateway.chatproxy;

import dev.chatgateway.upstream.ChatOperation;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a path below {@code /chat/} asks for. Identifiers are decoded; the path itself is passed on as it came. Letters
 * count without regard to case: the service may take {@code /chat/Threads} for the same.
 *
 * @param operation null for what is none of the sixteen
 * @param label for metrics: the operation's, or one of config, images, other
 */
public record ChatProxyPath(
        @Nullable ChatOperation operation,
        @Nullable String threadId,
        @Nullable String messageId,
        String label) {
    private static final String PREFIX = "/chat/";

    /**
     * Reads a request target in origin form. Empty for anything that is not safely below {@code /chat/}: relative segments
     * however they are written, as a server behind might resolve them, and escapes that are none.
     */
    public static Optional<ChatProxyPath> of(String method, String target) {
        int query = target.indexOf('?');
        String path = query < 0 ? target : target.substring(0, query);
        if (!path.startsWith(PREFIX) || path.indexOf('#') >= 0) {
            return Optional.empty();
        }
        return decoded(path.substring(1)).filter(ChatProxyPath::plain).map(segments -> read(method, segments));
    }

    private static Optional<List<String>> decoded(String path) {
        try {
            // A plus is a plus in a path.
            return Optional.of(List.of(path.split("/", -1)).stream()
                    .map(s -> URLDecoder.decode(s.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toList());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean plain(List<String> segments) {
        return segments.stream()
                .allMatch(s -> !s.isEmpty()
                        && !s.equals(".")
                        && !s.equals("..")
                        && s.chars().noneMatch(c -> c == '/' || c == '\\' || c == '%' || Character.isISOControl(c)));
    }

    private static ChatProxyPath read(String method, List<String> segments) {
        for (ChatOperation operation : ChatOperation.values()) {
            List<String> template = List.of(operation.template().substring(1).split("/", -1));
            if (operation.method().equals(method) && fits(template, segments)) {
                return new ChatProxyPath(
                        operation, at(template, segments, "{t}"), at(template, segments, "{m}"), operation.label());
            }
        }
        boolean images = segments.size() >= 4
                && segments.get(1).equalsIgnoreCase("threads")
                && segments.get(3).equalsIgnoreCase("images");
        String label = segments.get(1).equalsIgnoreCase("config") ? "config" : images ? "images" : "other";
        return new ChatProxyPath(null, null, null, label);
    }

    private static boolean fits(List<String> template, List<String> segments) {
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

    private static @Nullable String at(List<String> template, List<String> segments, String name) {
        int i = template.indexOf(name);
        return i < 0 ? null : segments.get(i);
    }
}
