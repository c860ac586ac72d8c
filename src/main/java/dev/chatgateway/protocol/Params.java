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

/**
 * The parameters of one request, read field by field. Each reader refuses a wrong type or range by name; {@link
 * #finish()} refuses what nobody read. JSON null counts as absent. Not thread safe.
 */
public final class Params {
    private static final int SHOWN = 60;
    /** The times that RFC 3339 can write; Java knows others, which no service reads. */
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

    /** A string that must be there, of that many characters. */
    public String string(String name, int min, int max) {
        return optionalString(name, min, max)
                .orElseThrow(() -> refuse(name, "missing", "a string of " + min + " to " + max + " characters"));
    }

    /** A string that may be left out. */
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

    /** A string of a closed list that may be left out. */
    public Optional<String> optionalChoice(String name, String... choices) {
        Optional<String> text = optionalString(name, 0, Integer.MAX_VALUE);
        text.ifPresent(t -> {
            if (!Set.of(choices).contains(t)) {
                throw refuse(name, shown(t), "one of " + String.join(", ", choices));
            }
        });
        return text;
    }

    /** A whole number that may be left out. */
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

    /** A flag; false when left out. */
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

    /** A date-time of RFC 3339 that may be left out. */
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

    /** An object that may be left out; its own fields are read, and finished, by the caller. */
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

    /** An object that may be left out and is not looked into. */
    public Optional<JsonObject> optionalJson(String name) {
        Object value = value(name);
        if (value != null && !(value instanceof JsonObject)) {
            throw refuse(name, shown(value), "an object");
        }
        return Optional.ofNullable((JsonObject) value);
    }

    /** An array of objects or of strings; empty when left out. */
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

    /** One object of an array read before. */
    public Params element(String name, JsonArray array, int index) {
        String path = name + "[" + index + "]";
        if (!(array.getValue(index) instanceof JsonObject object)) {
            throw refuse(path, shown(array.getValue(index)), "an object");
        }
        return new Params(object, prefix + path + ".");
    }

    /** A map of strings that may be left out. */
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

    /** Refuses fields that nobody asked for. Call it last. */
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

    /** A refusal of one field in the usual form. */
    public RpcError refuse(String name, String value, String expected) {
        return RpcError.invalidParams(prefix + name + ": " + value + " (expected: " + expected + ")");
    }

    private @org.jspecify.annotations.Nullable Object value(String name) {
        known.add(name);
        return json.getValue(name);
    }

    /** Short, as values end in answers and must not carry a whole body back. */
    private static String shown(Object value) {
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
