package dev.chatgateway.protocol;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** docs/asyncapi.yaml with validators of its schemas, which are JSON Schema draft 7. */
public final class AsyncApi {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonNode root;
    private final Map<String, Schema> validators = new ConcurrentHashMap<>();

    private AsyncApi(JsonNode root) {
        this.root = root;
    }

    /** Loads the document of this project. */
    public static AsyncApi load() {
        try {
            return new AsyncApi(new ObjectMapper(new YAMLFactory())
                    .readTree(Path.of("docs/asyncapi.yaml").toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The whole document. */
    public JsonNode root() {
        return root;
    }

    JsonNode messages() {
        return root.at("/components/messages");
    }

    JsonNode schema(String name) {
        return root.at("/components/schemas/" + name);
    }

    /** The methods of requests that have a response. */
    public Set<String> methods() {
        Set<String> names = new TreeSet<>();
        root.path("operations").properties().forEach(operation -> {
            if (operation.getValue().has("reply")) {
                names.add(operation.getKey());
            }
        });
        return names;
    }

    /** Violations of the payload schema of a message; empty when the payload is valid. */
    public List<String> problems(String message, JsonNode payload) {
        Schema validator = validators.computeIfAbsent(message, this::validator);
        return validator.validate(payload).stream()
                .map(problem -> message + problem.getInstanceLocation() + ": " + problem.getMessage())
                .sorted()
                .toList();
    }

    /** Violations of a frame of the gateway. */
    public List<String> problems(String message, JsonObject frame) {
        try {
            return problems(message, JSON.readTree(frame.encode()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Parameters of a notification that the document does not define. */
    public List<String> undocumented(String method, JsonObject params) {
        Set<String> known = new TreeSet<>();
        fields(messages().at("/" + method + "Notification/payload/properties/params"), known);
        List<String> unknown = new ArrayList<>(params.fieldNames());
        unknown.removeAll(known);
        return unknown;
    }

    private void fields(JsonNode schema, Set<String> known) {
        if (schema.has("$ref")) {
            fields(root.at(schema.get("$ref").textValue().substring(1)), known);
        }
        schema.path("allOf").forEach(part -> fields(part, known));
        schema.path("properties").fieldNames().forEachRemaining(known::add);
    }

    /** The schema contains the components, because its references point to them. */
    private Schema validator(String message) {
        if (!messages().has(message)) {
            throw new AssertionError(message + " is not in docs/asyncapi.yaml");
        }
        ObjectNode schema = JSON.createObjectNode();
        schema.putArray("allOf").addObject().put("$ref", "#/components/messages/" + message + "/payload");
        schema.set("components", root.get("components"));
        SchemaRegistryConfig config =
                SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build();
        return SchemaRegistry.withDefaultDialect(
                        SpecificationVersion.DRAFT_7, registry -> registry.schemaRegistryConfig(config))
                .getSchema(schema);
    }
}
