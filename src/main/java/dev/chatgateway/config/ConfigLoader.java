package dev.chatgateway.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Reads the file, applies the environment variables, checks everything and fills in the defaults. Blocking. */
public final class ConfigLoader {
    private static final String HIDDEN = "(hidden)";

    private final ObjectMapper json = new ObjectMapper();
    private final ObjectMapper yaml = new ObjectMapper(YAMLFactory.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .build());
    private final ConfigSchema schema = new ConfigSchema(json);

    /**
     * A valid configuration.
     *
     * @param printed its text without secrets
     * @param retired keys that are set and have no effect any more
     * @param warnings values that are allowed and probably a mistake, one line each
     * @param explain adds to a problem the place that the value comes from
     */
    public record Loaded(
            GatewayConfig config,
            String printed,
            List<String> retired,
            List<String> warnings,
            UnaryOperator<String> explain) {}

    /** The configuration of this process: of the file, if there is one, and of the environment. */
    public Loaded load(Optional<Path> file) throws ConfigException {
        return load(file, environment());
    }

    /** The environment of this process. */
    public static Map<String, String> environment() {
        return System.getenv();
    }

    /** The same with another environment. */
    public Loaded load(Optional<Path> file, Map<String, String> environment) throws ConfigException {
        YamlFile read =
                file.isPresent() ? YamlFile.read(file.get()) : new YamlFile(json.createObjectNode(), new HashMap<>());
        ObjectNode tree = read.tree();
        schema.dropEmpty(tree);
        Map<String, String> places = read.places();
        List<String> problems = new ArrayList<>();
        Environment.overlay(environment, schema, tree, places, problems);
        stripSecrets(tree);
        spellOutOff(tree);
        List<String> retired = schema.removeRetired(tree);
        problems.addAll(schema.problems(tree));
        Explainer explainer = new Explainer(places, schema.names(), Environment.variables(schema));
        refuse(problems, explainer);
        schema.fillDefaults(tree);
        try {
            GatewayConfig config = json.treeToValue(tree, GatewayConfig.class);
            refuse(ConfigChecks.problems(config), explainer);
            return new Loaded(
                    config,
                    print(tree),
                    retired,
                    AddressChecks.warnings(config).stream()
                            .map(explainer::explained)
                            .toList(),
                    explainer::explained);
        } catch (JsonProcessingException e) {
            throw new ConfigException(List.of("configuration: " + e.getOriginalMessage()));
        }
    }

    private static void refuse(List<String> problems, Explainer explainer) throws ConfigException {
        if (!problems.isEmpty()) {
            throw new ConfigException(
                    problems, problems.stream().map(explainer::explained).toList());
        }
    }

    /** Removes from secrets the line breaks that editors, {@code echo} and YAML block scalars append. */
    private void stripSecrets(ObjectNode tree) {
        schema.leaves().forEach((key, leaf) -> {
            int dot = key.lastIndexOf('.');
            JsonNode section = tree.at('/' + key.substring(0, dot).replace('.', '/'));
            String name = key.substring(dot + 1);
            if (leaf.path("writeOnly").asBoolean()
                    && section instanceof ObjectNode object
                    && object.path(name).isTextual()) {
                object.put(name, object.get(name).asText().strip());
            }
        });
    }

    /** YAML 1.1 parsers read {@code off} as false; these keys accept it. */
    private static void spellOutOff(ObjectNode tree) {
        if (!(tree.get("embedded") instanceof ObjectNode embedded)) {
            return;
        }
        if (embedded.path("rateLimits").isBoolean()) {
            embedded.put("rateLimits", embedded.get("rateLimits").asBoolean() ? "on" : "off");
        }
        if (embedded.path("signalingEndpoint").isBoolean()
                && !embedded.get("signalingEndpoint").asBoolean()) {
            embedded.put("signalingEndpoint", "off");
        }
    }

    /** A configuration as JSON, without secrets. */
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
