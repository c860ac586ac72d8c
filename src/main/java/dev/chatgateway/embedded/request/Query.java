package dev.chatgateway.embedded.request;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Decoded query parameters of a request; of a repeated parameter the first counts. */
public final class Query {
    /** Default page size of all lists except messages. */
    public static final int DEFAULT_PAGE = 100;

    /** Greater page sizes are lowered to it. */
    static final int MAX_PAGE = 200;

    private final Map<String, String> values = new HashMap<>();

    public Query(@Nullable String raw) {
        if (raw == null) {
            return;
        }
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = PercentCoding.decodedQuery(equals < 0 ? pair : pair.substring(0, equals));
            values.putIfAbsent(name, equals < 0 ? "" : PercentCoding.decodedQuery(pair.substring(equals + 1)));
        }
    }

    public @Nullable String text(String name) {
        return values.get(name);
    }

    /** 0 or absent: the default. */
    public int pageSize(int absent) {
        int given = number("maxPageSize");
        return given == 0 ? absent : Math.min(given, MAX_PAGE);
    }

    public int skip() {
        return number("skip");
    }

    /** Epoch milliseconds of startTime; 0 if absent. */
    public long startTime() {
        String given = values.get("startTime");
        return given == null || given.isEmpty() ? 0 : Timestamps.parse("startTime", given);
    }

    private int number(String name) {
        String given = values.get(name);
        if (given == null || given.isEmpty()) {
            return 0;
        }
        try {
            int number = Integer.parseInt(given);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // refused below, like a negative number
        }
        throw ApiError.badField(name, Text.shown(given), "0 to " + Integer.MAX_VALUE);
    }
}
