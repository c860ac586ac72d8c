package dev.chatgateway.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;

/** The schema {@code gateway-config.schema.json}: keys, types, ranges and defaults. */
final class ConfigSchema {
    private static final String RESOURCE = "/gateway-config.schema.json";

    private final ObjectNode root;
    private final Map<String, JsonNode> leaves = new LinkedHashMap<>();
    private final List<String> retired = new ArrayList<>();

    ConfigSchema(ObjectMapper json) {
        try (InputStream in = Objects.requireNonNull(ConfigSchema.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            root = (ObjectNode) json.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        forEachLeaf(root, "", (key, leaf) -> {
            if (leaf.path("deprecated").asBoolean()) {
                retired.add(key);
            } else {
                leaves.put(key, leaf);
            }
        });
    }

    /** Dotted key to its schema, in the order of the file. */
    Map<String, JsonNode> leaves() {
        return leaves;
    }

    /** All keys and all sections, dotted. */
    Set<String> names() {
        Set<String> names = new TreeSet<>(leaves.keySet());
        leaves.keySet().forEach(key -> {
            for (int dot = key.indexOf('.'); dot > 0; dot = key.indexOf('.', dot + 1)) {
                names.add(key.substring(0, dot));
            }
        });
        return names;
    }

    /**
     * Removes keys without a value. A key whose section or list has all entries commented out is parsed as null or as an
     * empty text; it means the defaults, or unset for a key that may be unset.
     */
    void dropEmpty(ObjectNode tree) {
        dropEmpty(tree, root);
    }

    private static void dropEmpty(ObjectNode tree, JsonNode section) {
        List<String> empty = new ArrayList<>();
        tree.properties().forEach(field -> {
            JsonNode schema = section.path("properties").path(field.getKey());
            boolean nothing = field.getValue().isNull()
                    || (field.getValue().isTextual()
                            && field.getValue().asText().isEmpty());
            boolean holder = List.of("object", "array").contains(type(schema));
            boolean unset = schema.path("type").isArray();
            if (nothing && (holder || unset)) {
                empty.add(field.getKey());
            } else if (field.getValue() instanceof ObjectNode object) {
                dropEmpty(object, schema);
            }
        });
        tree.remove(empty);
    }

    /** Dotted keys that are accepted and have no effect any more. */
    List<String> retired() {
        return retired;
    }

    /** Removes keys without an effect from the tree; returns those that it contained. */
    List<String> removeRetired(ObjectNode tree) {
        List<String> taken = new ArrayList<>();
        for (String key : retired) {
            int dot = key.lastIndexOf('.');
            JsonNode section = tree.at('/' + key.substring(0, dot).replace('.', '/'));
            if (section instanceof ObjectNode object && object.remove(key.substring(dot + 1)) != null) {
                taken.add(key);
            }
        }
        return taken;
    }

    /** All violations of the schema in the tree, one line each, for people. */
    List<String> problems(ObjectNode tree) {
        SchemaRegistryConfig paths =
                SchemaRegistryConfig.builder().pathType(PathType.LEGACY).build();
        return SchemaRegistry.withDefaultDialect(
                        SpecificationVersion.DRAFT_2020_12, registry -> registry.schemaRegistryConfig(paths))
                .getSchema(root)
                .validate(tree)
                .stream()
                .map(this::describe)
                .toList();
    }

    /** Puts the default of every missing key into the tree. */
    void fillDefaults(ObjectNode tree) {
        leaves.forEach((key, schema) -> {
            ObjectNode parent = tree;
            String[] path = key.split("\\.", -1);
            for (int i = 0; i < path.length - 1; i++) {
                JsonNode next = parent.get(path[i]);
                parent = next instanceof ObjectNode object ? object : parent.putObject(path[i]);
            }
            if (!parent.has(path[path.length - 1])) {
                parent.set(path[path.length - 1], schema.get("default"));
            }
        });
    }

    private String describe(Error error) {
        String path = error.getInstanceLocation()
                .toString()
                .replaceFirst("^[$/]\\.?", "")
                .replace('/', '.');
        if (error.getKeyword().equals("additionalProperties")) {
            String parent = path.isEmpty() ? "" : path + ".";
            return parent + error.getProperty() + ": unknown key (expected: " + String.join(", ", names(path)) + ")";
        }
        if (error.getKeyword().equals("required")) {
            return path + "." + error.getProperty() + ": missing (expected: a value)";
        }
        JsonNode schema = leaves.getOrDefault(path, root.path("properties").path(path));
        if (schema.isMissingNode()) {
            return path + ": " + error.getInstanceNode() + " (expected: " + error.getMessage() + ")";
        }
        String shown = schema.path("writeOnly").asBoolean() ? "(hidden)" : String.valueOf(error.getInstanceNode());
        return path + ": " + shown + " (expected: " + expectation(schema) + ")";
    }

    /** The keys of a section, or of the entries of a list where the path leads into one. */
    private List<String> names(String path) {
        JsonNode section = root;
        for (String name : path.isEmpty() ? new String[0] : path.split("[.\\[]", -1)) {
            section = name.endsWith("]") || name.matches("\\d+")
                    ? section.path("items")
                    : section.path("properties").path(name);
        }
        List<String> names = new ArrayList<>();
        section.path("properties").fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** The accepted values of a key, in words. */
    static String expectation(JsonNode schema) {
        if (schema.has("enum")) {
            List<String> values = new ArrayList<>();
            schema.get("enum").forEach(v -> values.add(v.asText()));
            return "one of " + String.join(", ", values);
        }
        if (schema.has("minimum")) {
            return schema.get("minimum").asText() + " to "
                    + schema.path("maximum").asText();
        }
        String type = type(schema);
        if (schema.has("pattern")) {
            return "a string matching " + schema.get("pattern").asText();
        }
        return switch (type) {
            case "boolean" -> "true or false";
            case "array" ->
                "a list"
                        + (schema.path("items").has("pattern")
                                ? " of strings matching "
                                        + schema.at("/items/pattern").asText()
                                : "");
            case "object" -> "an object";
            default ->
                switch (schema.path("minLength").asInt()) {
                    case 0 -> "a string";
                    case 1 -> "a string that is not empty";
                    default -> "a string of " + schema.get("minLength").asText() + " characters or more";
                };
        };
    }

    /** The type of a key, other than null. */
    static String type(JsonNode schema) {
        JsonNode type = schema.path("type");
        return type.isArray() ? type.get(0).asText() : type.asText();
    }

    private static void forEachLeaf(JsonNode schema, String prefix, BiConsumer<String, JsonNode> action) {
        schema.path("properties").properties().forEach(field -> {
            String key = prefix + field.getKey();
            if (type(field.getValue()).equals("object")) {
                forEachLeaf(field.getValue(), key + ".", action);
            } else {
                action.accept(key, field.getValue());
            }
        });
    }
}
