package dev.chatgateway.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Environment variables that override keys of the file: {@code CHATGATEWAY_HTTP_PORT} for {@code http.port}; for secrets
 * also {@code CHATGATEWAY_SIGNING_KEY_FILE}, which names a file that holds the value.
 */
final class Environment {
    static final String PREFIX = "CHATGATEWAY_";
    private static final String FILE = "_FILE";

    /** Variables of bin/chat-gateway; the gateway ignores them. */
    private static final Set<String> OF_THE_SCRIPT = Set.of(PREFIX + "JAR", PREFIX + "WARM_UP");

    /** Maximum size of a secret file, so that a wrong path does not read a whole disk. */
    private static final int SECRET_BYTES = 64 * 1024;

    private Environment() {}

    /** The variable that overrides a key. */
    static String variable(String key) {
        return PREFIX + key.replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** All known variables. */
    static Set<String> variables(ConfigSchema schema) {
        Set<String> variables = new TreeSet<>();
        schema.leaves().forEach((key, leaf) -> {
            variables.add(variable(key));
            if (leaf.path("writeOnly").asBoolean()) {
                variables.add(variable(key) + FILE);
            }
        });
        return variables;
    }

    /**
     * Puts the variables' values into the tree; variables that fit no key are added to the problems.
     *
     * @param places receives, for each key that a variable sets, the name of the variable
     */
    static void overlay(
            Map<String, String> environment,
            ConfigSchema schema,
            ObjectNode tree,
            Map<String, String> places,
            List<String> problems) {
        Map<String, String> keys = new TreeMap<>();
        Map<String, String> secrets = new TreeMap<>();
        schema.leaves().forEach((key, leaf) -> {
            keys.put(variable(key), key);
            if (leaf.path("writeOnly").asBoolean()) {
                secrets.put(variable(key) + FILE, key);
            }
        });
        Map<String, String> retired = new TreeMap<>();
        schema.retired().forEach(key -> retired.put(variable(key), key));
        new TreeMap<>(environment).forEach((name, value) -> {
            if (!name.startsWith(PREFIX) || OF_THE_SCRIPT.contains(name)) {
                return;
            }
            String secret = secrets.get(name);
            String key = secret == null ? keys.getOrDefault(name, retired.get(name)) : secret;
            if (key == null) {
                problems.add(name + ": unknown variable (expected: one of conf/gateway.yaml's keys, such as "
                        + variable("http.port") + ")");
            } else if (secret == null) {
                places.put(key, name);
                put(tree, key, read(value, schema.leaves().get(key)));
            } else {
                file(name, value, environment.containsKey(variable(key)), problems)
                        .ifPresent(text -> {
                            places.put(key, name);
                            put(tree, key, JsonNodeFactory.instance.textNode(text));
                        });
            }
        });
    }

    /** The secret in a file, without the line break that editors append; empty if the file can't be read. */
    private static Optional<String> file(String name, String path, boolean twice, List<String> problems) {
        if (twice) {
            problems.add(name + ": " + path + " (expected: this or " + name.substring(0, name.length() - FILE.length())
                    + ", not both)");
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            byte[] bytes = in.readNBytes(SECRET_BYTES + 1);
            String text = new String(bytes, StandardCharsets.UTF_8).strip();
            if (!text.isEmpty() && bytes.length <= SECRET_BYTES) {
                return Optional.of(text);
            }
            problems.add(name + ": " + path + " (expected: a file of 1 to " + SECRET_BYTES + " bytes)");
        } catch (IOException | InvalidPathException e) {
            problems.add(name + ": " + path + " (expected: a readable file)");
        }
        return Optional.empty();
    }

    /** Numbers and booleans without surrounding white space. */
    private static JsonNode read(String given, @org.jspecify.annotations.Nullable JsonNode schema) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        String type = schema == null ? "string" : ConfigSchema.type(schema);
        String value = type.equals("string") ? given : given.strip();
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
