package dev.chatgateway.config;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The host that a request is addressed to. A target in absolute form ({@code GET http://host/path}), which every server
 * must accept (RFC 9112, section 3.2.2), contains the host and overrides the Host header.
 */
public final class RequestHost {
    private static final Pattern ABSOLUTE = Pattern.compile("(?i)https?://([^/?#]*)(.*)");

    private RequestHost() {}

    /**
     * The host that a request names, with its port, as it was sent.
     *
     * @param target the request target
     * @param lines the Host lines, or the pseudo-header of HTTP/2
     * @return empty if there is none, or more than one
     */
    public static Optional<String> named(String target, List<String> lines) {
        Matcher absolute = ABSOLUTE.matcher(target);
        if (lines.size() > 1) {
            return Optional.empty();
        }
        Optional<String> named = absolute.matches()
                ? Optional.of(absolute.group(1))
                : lines.stream().findFirst();
        return named.filter(host -> !host.isBlank());
    }

    /** Path and query of a target in either form. */
    public static String originForm(String target) {
        Matcher absolute = ABSOLUTE.matcher(target);
        if (!absolute.matches()) {
            return target;
        }
        String rest = absolute.group(2);
        return rest.startsWith("/") ? rest : "/" + rest;
    }
}
