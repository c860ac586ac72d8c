package dev.chatgateway.upstream;

import io.vertx.core.json.JsonObject;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The next page of a listing: the query of the service's {@code nextLink} as an opaque token for pollers and clients. Only
 * the parameters of a closed list are kept, and the path is always built from operation and thread. So a forged token can
 * lead only to another page of the same listing.
 */
public final class PageToken {
    private static final List<String> PARAMETERS = List.of("syncState", "startTime", "maxPageSize", "skip");
    private static final List<String> POSITIONS = List.of("syncState", "skip");
    private static final int MAX_LENGTH = 4096;

    private PageToken() {}

    /**
     * The token for the page after this one; empty on the last page.
     *
     * @throws ChatServiceException if the link to the next page cannot be used
     */
    public static Optional<String> after(JsonObject page) {
        Object next = page.getValue("nextLink");
        if (next == null || next.equals("")) {
            return Optional.empty();
        }
        String link = next.toString();
        int query = link.indexOf('?');
        Map<String, String> parameters = query < 0 ? Map.of() : parse(link.substring(query + 1));
        if (POSITIONS.stream().noneMatch(parameters::containsKey) || link.length() > MAX_LENGTH) {
            throw new ChatServiceException(
                    ChatServiceException.Kind.UNAVAILABLE,
                    502,
                    "BadGateway",
                    "The chat service's link to the next page can't be followed.",
                    -1,
                    null);
        }
        String text = parameters.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> e.getKey() + "=" + RequestPath.encode(e.getValue()))
                .collect(Collectors.joining("&"));
        return Optional.of(
                Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8)));
    }

    /**
     * The query parameters of the page.
     *
     * @throws IllegalArgumentException if the text is no token
     */
    public static Map<String, String> query(String token) {
        try {
            if (token.length() <= 2 * MAX_LENGTH) {
                byte[] text = Base64.getUrlDecoder().decode(token);
                Map<String, String> parameters = parse(new String(text, StandardCharsets.UTF_8));
                if (POSITIONS.stream().anyMatch(parameters::containsKey)) {
                    return parameters;
                }
            }
        } catch (IllegalArgumentException e) {
            // Neither base64 nor percent-encoded: refused below like every other text that is no token.
        }
        throw new IllegalArgumentException("continuationToken: not a token of the gateway");
    }

    /**
     * The query parameters of the page, always with a page size: a link may lack it, and the service's default is small and
     * has changed.
     *
     * @throws IllegalArgumentException if the text is no token
     */
    public static Map<String, String> query(String token, int pageSize) {
        Map<String, String> parameters = new HashMap<>(query(token));
        parameters.putIfAbsent("maxPageSize", Integer.toString(pageSize));
        return parameters;
    }

    private static Map<String, String> parse(String query) {
        Map<String, String> parameters = new HashMap<>();
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : URLDecoder.decode(pair.substring(0, equals), StandardCharsets.UTF_8);
            if (equals >= 0 && PARAMETERS.contains(name)) {
                parameters.put(name, URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
            }
        }
        return parameters;
    }
}
