package dev.chatgateway.command;

import dev.chatgateway.protocol.Params;
import dev.chatgateway.upstream.PageToken;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The parameters and results of methods that list: a page, and a token for the next one. */
final class Listing {
    private static final int MAX_PAGE = 200;
    /** Of a client that asks for none: the service's own default is small and has changed. */
    private static final int PAGE = 100;

    private static final int MAX_SKIP = 1_000_000;
    private static final int TOKEN_LENGTH = 8_192;

    private Listing() {}

    /** Query of a listing that begins at a time; a token goes on where it says, with any page size. */
    static Map<String, String> byTime(Params params) {
        Map<String, String> query = page(params);
        params.optionalTime("startTime").ifPresent(time -> {
            refuseWithToken(params, "startTime");
            query.put("startTime", time.toString());
        });
        params.finish();
        return query;
    }

    /** Query of a listing that begins after so many entries. */
    static Map<String, String> bySkip(Params params) {
        Map<String, String> query = page(params);
        params.optionalInt("skip", 0, MAX_SKIP).ifPresent(skip -> {
            refuseWithToken(params, "skip");
            query.put("skip", Integer.toString(skip));
        });
        params.finish();
        return query;
    }

    /** The service's page with its {@code nextLink} turned into a token that leads nowhere else. */
    static JsonObject result(JsonObject page) {
        JsonObject result = new JsonObject().put("value", array(page, "value"));
        PageToken.after(page).ifPresent(token -> result.put("continuationToken", token));
        return result;
    }

    /** An array of an answer; empty when it is missing. */
    static JsonArray array(JsonObject answer, String name) {
        return answer.getValue(name) instanceof JsonArray array ? array : new JsonArray();
    }

    private static Map<String, String> page(Params params) {
        Map<String, String> query = new HashMap<>();
        token(params).ifPresent(token -> {
            try {
                // A client's own size counts first, then that of the page before.
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
