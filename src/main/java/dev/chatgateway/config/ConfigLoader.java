package dev.chatgateway.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the file, lays the environment over it, checks everything at once and fills in the defaults. Blocking. */
public final class ConfigLoader {
    private static final String HIDDEN = "(hidden)";

    private final ObjectMapper json = new ObjectMapper();
    private final ObjectMapper yaml = new ObjectMapper(YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .build());
    private final ConfigSchema schema = new ConfigSchema(json);

    /**
     * The configuration.
     *
     * @param printed its text with the secrets hidden
     * @param retired keys that were set and have no effect any more
     */
    public record Loaded(GatewayConfig config, String printed, List<String> retired) {}

    /** The configuration of this process: the file, if one is named, and the process's environment. */
    public Loaded load(Optional<Path> file) throws ConfigException {
        return load(file, environment());
    }

    /** The environment of this process. */
    public static Map<String, String> environment() {
        return System.getenv();
    }

    /** The same with another environment. */
    public Loaded load(Optional<Path> file, Map<String, String> environment) throws ConfigException {
        ObjectNode tree = file.isPresent() ? read(file.get()) : json.createObjectNode();
        List<String> problems = new ArrayList<>();
        Environment.overlay(environment, schema, tree, problems);
        spellOutOff(tree);
        List<String> retired = schema.takeRetired(tree);
        problems.addAll(schema.problems(tree));
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
        schema.fillDefaults(tree);
        try {
            GatewayConfig config = json.treeToValue(tree, GatewayConfig.class);
            problems.addAll(ConfigChecks.problems(config));
            if (!problems.isEmpty()) {
                throw new ConfigException(problems);
            }
            return new Loaded(config, print(tree), retired);
        } catch (JsonProcessingException e) {
            throw new ConfigException(List.of("configuration: " + e.getOriginalMessage()));
        }
    }

    private ObjectNode read(Path file) throws ConfigException {
        try {
            JsonNode tree = yaml.readTree(Files.readString(file));
            if (tree == null || tree.isMissingNode() || tree.isNull()) {
                return json.createObjectNode();
            }
            if (tree instanceof ObjectNode object) {
                return withoutEmptySections(object);
            }
            throw new ConfigException(List.of(file + ": " + tree.getNodeType() + " (expected: an object of sections)"));
        } catch (JsonProcessingException e) {
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new ConfigException(List.of(file + ":" + line + ": not YAML: " + reason));
        } catch (NoSuchFileException e) {
            throw new ConfigException(List.of("--config: " + file + " (expected: a file that exists)"));
        } catch (IOException e) {
            throw new ConfigException(
                    List.of("--config: " + file + " (expected: a readable UTF-8 file): " + e.getMessage()));
        }
    }

    /** A section whose keys are all commented out reads as null in YAML; it means the defaults. */
    private static ObjectNode withoutEmptySections(ObjectNode tree) {
        List<String> empty = new ArrayList<>();
        tree.fields().forEachRemaining(field -> {
            if (field.getValue().isNull()) {
                empty.add(field.getKey());
            }
        });
        tree.remove(empty);
        return tree;
    }

    /** YAML 1.1 readers take {@code off} for false; the key is meant to be written so. */
    private static void spellOutOff(ObjectNode tree) {
        if (tree.get("embedded") instanceof ObjectNode embedded
                && embedded.path("rateLimits").isBoolean()) {
            embedded.put("rateLimits", embedded.get("rateLimits").asBoolean() ? "on" : "off");
        }
    }

    /** A configuration as JSON, with the secrets hidden. */
    public String shown(GatewayConfig config) {
        return hidden(json.valueToTree(config)).toString();
    }

    private String print(ObjectNode tree) throws JsonProcessingException {
        return yaml.writeValueAsString(hidden(tree));
    }

    private ObjectNode hidden(ObjectNode tree) {
        ObjectNode copy = tree.deepCopy();
        schema.leaves().forEach((key, leaf) -> {
            String pointer = '/' + key.replace('.', '/');
            if (leaf.path("writeOnly").asBoolean() && !copy.at(pointer).isNull()) {
                String parent = pointer.substring(0, pointer.lastIndexOf('/'));
                ((ObjectNode) copy.at(parent)).put(key.substring(key.lastIndexOf('.') + 1), HIDDEN);
            }
        });
        return copy;
    }
}
