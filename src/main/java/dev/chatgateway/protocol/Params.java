package dev.chatgateway.protocol;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of one request. Each getter throws an {@link RpcError} that names the field if its type or range is wrong;
 * {@link #finish()} refuses fields for which no getter was called. JSON null counts as absent. Not thread-safe.
 */
public final class Params {
    private static final int SHOWN = 60;
    /** The range of times that RFC 3339 can represent. Java has others, which the service does not accept. */
    private static final Instant FIRST = Instant.parse("0000-01-01T00:00:00Z");

    private static final Instant BEYOND =
            Instant.parse("9999-12-31T23:59:59.999999999Z").plusNanos(1);

    private final JsonObject json;
    private final String prefix;
    private final Set<String> known = new HashSet<>();

    public Params(JsonObject json) {
        this(json, "");
    }

    private Params(JsonObject json, String prefix) {
        this.json = json;
        this.prefix = prefix;
    }

    /** A required string of {@code min} to {@code max} characters. */
    public String string(String name, int min, int max) {
        return optionalString(name, min, max)
                .orElseThrow(() -> refuse(name, "missing", "a string of " + min + " to " + max + " characters"));
    }

    /** An optional string of {@code min} to {@code max} characters. */
    public Optional<String> optionalString(String name, int min, int max) {
        Object value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof String text)) {
            throw refuse(name, shown(value), "a string");
        }
        if (text.length() < min || text.length() > max) {
            throw refuse(name, text.length() + " characters", min + " to " + max);
        }
        return Optional.of(text);
    }

    /** An optional string, one of the choices. */
    public Optional<String> optionalChoice(String name, String... choices) {
        Optional<String> text = optionalString(name, 0, Integer.MAX_VALUE);
        text.ifPresent(t -> {
            if (!Set.of(choices).contains(t)) {
                throw refuse(name, shown(t), "one of " + String.join(", ", choices));
            }
        });
        return text;
    }

    /** An optional integer. */
    public OptionalInt optionalInt(String name, int min, int max) {
        Object value = value(name);
        if (value == null) {
            return OptionalInt.empty();
        }
        if (!(value instanceof Integer || value instanceof Long)) {
            throw refuse(name, shown(value), "a whole number from " + min + " to " + max);
        }
        long number = ((Number) value).longValue();
        if (number < min || number > max) {
            throw refuse(name, Long.toString(number), min + " to " + max);
        }
        return OptionalInt.of((int) number);
    }

    /** An optional boolean, false by default. */
    public boolean flag(String name) {
        Object value = value(name);
        if (value == null) {
            return false;
        }
        if (!(value instanceof Boolean flag)) {
            throw refuse(name, shown(value), "true or false");
        }
        return flag;
    }

    /** An optional RFC 3339 date-time. */
    public Optional<Instant> optionalTime(String name) {
        return optionalString(name, 1, 40).map(text -> {
            try {
                Instant time = DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text, Instant::from);
                if (!time.isBefore(FIRST) && time.isBefore(BEYOND)) {
                    return time;
                }
                throw refuse(name, shown(text), "a time of the years 0 to 9999");
            } catch (DateTimeException e) {
                throw refuse(name, shown(text), "a date-time such as 2026-01-31T12:00:00Z");
            }
        });
    }

    /** An optional object. The caller gets its fields and calls {@link #finish()} on it. */
    public Optional<Params> optionalObject(String name) {
        Object value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof JsonObject object)) {
            throw refuse(name, shown(value), "an object");
        }
        return Optional.of(new Params(object, prefix + name + "."));
    }

    /** An optional object with any fields. */
    public Optional<JsonObject> optionalJson(String name) {
        Object value = value(name);
        if (value != null && !(value instanceof JsonObject)) {
            throw refuse(name, shown(value), "an object");
        }
        return Optional.ofNullable((JsonObject) value);
    }

    /** An optional array of at most {@code max} entries, empty by default. */
    public JsonArray array(String name, int max) {
        Object value = value(name);
        if (value == null) {
            return new JsonArray();
        }
        if (!(value instanceof JsonArray array)) {
            throw refuse(name, shown(value), "an array");
        }
        if (array.size() > max) {
            throw refuse(name, array.size() + " entries", "at most " + max);
        }
        return array;
    }

    /** An entry of such an array that must be an object. */
    public Params element(String name, JsonArray array, int index) {
        String path = name + "[" + index + "]";
        if (!(array.getValue(index) instanceof JsonObject object)) {
            throw refuse(path, shown(array.getValue(index)), "an object");
        }
        return new Params(object, prefix + path + ".");
    }

    /** An optional object whose values are strings. */
    public Optional<Map<String, String>> optionalStrings(String name) {
        Object value = value(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!(value instanceof JsonObject object)) {
            throw refuse(name, shown(value), "an object of strings");
        }
        Map<String, String> map = new HashMap<>();
        object.forEach(entry -> {
            if (!(entry.getValue() instanceof String text)) {
                throw refuse(name + "." + entry.getKey(), shown(entry.getValue()), "a string");
            }
            map.put(entry.getKey(), text);
        });
        return Optional.of(map);
    }

    /** Refuses unknown fields: those for which no getter was called. Call it last. */
    public void finish() {
        for (String name : json.fieldNames()) {
            if (!known.contains(name)) {
                throw RpcError.invalidParams(prefix + name + ": unknown field (expected: "
                        + (known.isEmpty()
                                ? "none"
                                : String.join(", ", known.stream().sorted().toList())) + ")");
            }
        }
    }

    /** An error that names a field, its value and what was expected. */
    public RpcError refuse(String name, String value, String expected) {
        return RpcError.invalidParams(prefix + name + ": " + value + " (expected: " + expected + ")");
    }

    private @Nullable Object value(String name) {
        known.add(name);
        return json.getValue(name);
    }

    /** A value for an error message, shortened so that a response does not repeat a whole request. */
    /** A short form of a value for a refusal. */
    public static String shown(Object value) {
        if (value instanceof JsonObject) {
            return "an object";
        }
        if (value instanceof JsonArray) {
            return "an array";
        }
        String text = value instanceof String s ? '"' + s + '"' : String.valueOf(value);
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    }
}
