package dev.chatgateway.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Meters of one name by label value; bounded, because label values are closed sets. Any thread. */
final class Family<M> {
    private final Map<String, M> made = new ConcurrentHashMap<>();
    private final Function<String, M> maker;

    Family(Function<String, M> maker) {
        this.maker = maker;
    }

    M of(String value) {
        M known = made.get(value);
        return known == null ? made.computeIfAbsent(value, maker) : known;
    }
}
