package dev.chatgateway.embedded.request;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON object of a request field by field: null counts as absent, unknown fields are ignored, a wrong type is a
 * 400 that names the field but not its value.
 */
public final class BodyFields {
    private final JsonNode node;
    private final String prefix;

    private BodyFields(JsonNode node, String prefix) {
        this.node = node;
        this.prefix = prefix;
    }

    /**
     * Parses a body. An empty body counts as {@code {}}, so that the error names the first required field.
     *
     * @throws ApiError 400 if it is not a JSON object
     */
    public static BodyFields parse(byte[] body) {
        if (body.length == 0) {
            return new BodyFields(Json.MAPPER.createObjectNode(), "");
        }
        JsonNode node;
        try {
            node = Json.MAPPER.readTree(body);
        } catch (IOException e) {
            throw ApiError.badRequest("The body is not well-formed JSON.");
        }
        if (!node.isObject()) {
            throw ApiError.badField("body", kind(node), "a JSON object");
        }
        return new BodyFields(node, "");
    }

    /** Whether the field is present, even with the value null. */
    public boolean names(String name) {
        return node.has(name);
    }

    public boolean has(String name) {
        return value(name) != null;
    }

    public @Nullable String string(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        return text(path(name), value);
    }

    /** A text with a length in UTF-16 units, as most clients count. */
    public @Nullable String string(String name, int min, int max) {
        String value = string(name);
        if (value != null && (value.length() < min || value.length() > max)) {
            throw ApiError.badField(path(name), value.length() + " characters", min + " to " + max);
        }
        return value;
    }

    public String required(String name) {
        String value = string(name);
        if (value == null) {
            throw ApiError.badField(path(name), "missing", "a string");
        }
        return value;
    }

    public @Nullable Integer integer(String name, int min, int max) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        String range = min + " to " + max;
        if (!value.isIntegralNumber()) {
            throw ApiError.badField(path(name), kind(value), range);
        }
        if (!value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            throw ApiError.badField(path(name), Text.shown(value.asText()), range);
        }
        return value.intValue();
    }

    /** Epoch milliseconds, or the default if absent. */
    public long time(String name, long absent) {
        String value = string(name);
        return value == null ? absent : Timestamps.parse(path(name), value);
    }

    /** Entries in order; null values stay, so that a merge can remove their keys. */
    public @Nullable Map<String, @Nullable String> map(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isObject()) {
            throw ApiError.badField(path(name), kind(value), "an object of strings");
        }
        Map<String, @Nullable String> entries = new LinkedHashMap<>();
        value.properties().forEach(e -> {
            String key = text(path(name), Json.MAPPER.getNodeFactory().textNode(e.getKey()));
            JsonNode entry = e.getValue();
            entries.put(key, entry.isNull() ? null : text(path(name) + "." + Text.shown(key), entry));
        });
        return entries;
    }

    public @Nullable BodyFields object(String name) {
        JsonNode value = value(name);
        if (value == null) {
            return null;
        }
        return nested(path(name), value);
    }

    /** Absent counts as empty. */
    public List<BodyFields> objects(String name) {
        List<BodyFields> items = new ArrayList<>();
        for (JsonNode item : array(name, "an array of objects")) {
            items.add(nested(path(name) + "[" + items.size() + "]", item));
        }
        return items;
    }

    /** Absent counts as empty. */
    public List<String> strings(String name) {
        List<String> items = new ArrayList<>();
        for (JsonNode item : array(name, "an array of strings")) {
            items.add(text(path(name) + "[" + items.size() + "]", item));
        }
        return items;
    }

    /** The name of a field in errors. */
    public String path(String name) {
        return prefix + name;
    }

    private Iterable<JsonNode> array(String name, String expected) {
        JsonNode value = value(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw ApiError.badField(path(name), kind(value), expected);
        }
        return value;
    }

    private static BodyFields nested(String path, JsonNode value) {
        if (!value.isObject()) {
            throw ApiError.badField(path, kind(value), "an object");
        }
        return new BodyFields(value, path + ".");
    }

    private static String text(String path, JsonNode value) {
        if (!value.isTextual()) {
            throw ApiError.badField(path, kind(value), "a string");
        }
        String text = value.textValue();
        if (!Text.wellFormed(text)) {
            throw ApiError.badField(path, "half a surrogate pair", "well-formed Unicode");
        }
        return text;
    }

    private @Nullable JsonNode value(String name) {
        JsonNode value = node.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private static String kind(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a boolean";
            case NULL -> "null";
            case NUMBER -> "a number";
            case OBJECT -> "an object";
            case STRING -> "a string";
            default -> "something else";
        };
    }
}
