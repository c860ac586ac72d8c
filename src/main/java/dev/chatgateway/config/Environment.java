package dev.chatgateway.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Environment variables that override keys of the file: {@code CHATGATEWAY_HTTP_PORT} for {@code http.port}. */
final class Environment {
    static final String PREFIX = "CHATGATEWAY_";

    private Environment() {}

    /** The variable that overrides a key. */
    static String variable(String key) {
        return PREFIX + key.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** Puts the variables' values into the tree; what can't be placed ends in the problems. */
    static void overlay(Map<String, String> environment, ConfigSchema schema, ObjectNode tree, List<String> problems) {
        Map<String, String> keys = new TreeMap<>();
        schema.leaves().keySet().forEach(key -> keys.put(variable(key), key));
        new TreeMap<>(environment).forEach((name, value) -> {
            if (!name.startsWith(PREFIX)) {
                return;
            }
            String key = keys.get(name);
            if (key == null) {
                problems.add(name + ": unknown variable (expected: one of conf/gateway.yaml's keys, such as "
                        + variable("http.port") + ")");
                return;
            }
            put(tree, key, read(value, schema.leaves().get(key)));
        });
    }

    private static JsonNode read(String value, @org.jspecify.annotations.Nullable JsonNode schema) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        String type = schema == null ? "string" : ConfigSchema.type(schema);
        if (value.isEmpty() && schema != null && schema.path("type").isArray()) {
            return json.nullNode();
        }
        return switch (type) {
            case "integer" ->
                value.matches("-?\\d{1,9}") ? json.numberNode(Integer.parseInt(value)) : json.textNode(value);
            case "boolean" ->
                value.equals("true") || value.equals("false")
                        ? json.booleanNode(Boolean.parseBoolean(value))
                        : json.textNode(value);
            case "array" -> list(value);
            default -> json.textNode(value);
        };
    }

    private static ArrayNode list(String value) {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        for (String part : value.split(",", -1)) {
            if (!part.isBlank()) {
                array.add(part.strip());
            }
        }
        return array;
    }

    private static void put(ObjectNode tree, String key, JsonNode value) {
        String[] path = key.split("\\.", -1);
        ObjectNode parent = tree;
        for (int i = 0; i < path.length - 1; i++) {
            JsonNode next = parent.get(path[i]);
            parent = next instanceof ObjectNode object ? object : parent.putObject(path[i]);
        }
        parent.set(path[path.length - 1], value);
    }
}
