package dev.chatgateway.command;

import dev.chatgateway.protocol.Params;
import dev.chatgateway.upstream.PageToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Parameters and results of the listing methods: a page and a token of the next one. */
final class Listing {
    private static final int MAX_PAGE = 200;
    /** Page size if the client names none: the service's default is small and has changed. */
    private static final int PAGE = 100;

    private static final int MAX_SKIP = 1_000_000;
    private static final int TOKEN_LENGTH = 8_192;

    private Listing() {}

    /** The query of a listing from a start time or from a page token. */
    static Map<String, String> byTime(Params params) {
        Map<String, String> query = page(params);
        params.optionalTime("startTime").ifPresent(time -> {
            refuseWithToken(params, "startTime");
            query.put("startTime", time.toString());
        });
        params.finish();
        return query;
    }

    /** The query of a listing that skips entries or continues from a page token. */
    static Map<String, String> bySkip(Params params) {
        Map<String, String> query = page(params);
        params.optionalInt("skip", 0, MAX_SKIP).ifPresent(skip -> {
            refuseWithToken(params, "skip");
            query.put("skip", Integer.toString(skip));
        });
        params.finish();
        return query;
    }

    /** How many entries the first page may have; 0 for a listing that skips entries or continues from a page token. */
    static int firstPage(Map<String, String> query) {
        return query.keySet().equals(Set.of("maxPageSize"))
                ? Integer.parseInt(query.getOrDefault("maxPageSize", "0"))
                : 0;
    }

    /** A whole list that was answered without a call of the service. */
    static JsonObject watched(JsonArray value) {
        return new JsonObject().put("value", value).put("source", "watch");
    }

    /** The service's page with a page token in place of its {@code nextLink}. The token holds no host or path. */
    static JsonObject result(JsonObject page) {
        JsonObject result = new JsonObject().put("value", array(page, "value"));
        PageToken.after(page).ifPresent(token -> result.put("continuationToken", token));
        return result;
    }

    /** An array of a response; empty if it is absent. */
    static JsonArray array(JsonObject body, String name) {
        return body.getValue(name) instanceof JsonArray array ? array : new JsonArray();
    }

    private static Map<String, String> page(Params params) {
        Map<String, String> query = new HashMap<>();
        token(params).ifPresent(token -> {
            try {
                // The size that the client names comes first, then the size of the page before.
                query.putAll(PageToken.query(token, PAGE));
            } catch (IllegalArgumentException e) {
                throw params.refuse("continuationToken", "not a token", "the token of an earlier result");
            }
        });
        params.optionalInt("maxPageSize", 1, MAX_PAGE)
                .ifPresent(size -> query.put("maxPageSize", Integer.toString(size)));
        query.putIfAbsent("maxPageSize", Integer.toString(PAGE));
        return query;
    }

    private static void refuseWithToken(Params params, String name) {
        if (token(params).isPresent()) {
            throw params.refuse(name, "given", "not beside continuationToken");
        }
    }

    private static Optional<String> token(Params params) {
        return params.optionalString("continuationToken", 1, TOKEN_LENGTH);
    }
}
