package dev.chatgateway.socket.stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.dialect.Dialect;
import com.networknt.schema.dialect.Dialects;
import com.networknt.schema.keyword.NonValidationKeyword;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpHeaders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** docs/openapi.yaml with validators of its schemas, which refer to docs/asyncapi.yaml. */
final class OpenApi {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path DOCUMENTS = Path.of("docs");
    private static final String BASE = "https://chat-gateway.invalid/";
    private static final String NAME = "openapi.yaml";

    /** Header fields that the document must name where a response has them. */
    private static final Set<String> NAMED_HEADERS = Set.of(
            "retry-after", "www-authenticate", "cache-control", "x-accel-buffering", "content-encoding", "location");

    /** Fields of the documents, which the validator would take for unknown keywords of a schema. */
    private static final List<String> DOCUMENT_FIELDS = List.of(
            "openapi",
            "asyncapi",
            "info",
            "servers",
            "security",
            "paths",
            "channels",
            "operations",
            "components",
            "defaultContentType");

    private final Map<String, JsonNode> documents;
    private final SchemaRegistry registry;
    private final Map<String, Schema> validators = new ConcurrentHashMap<>();

    private OpenApi(Map<String, String> texts) throws IOException {
        documents = new ConcurrentHashMap<>();
        Map<String, String> resources = new ConcurrentHashMap<>();
        for (Map.Entry<String, String> text : texts.entrySet()) {
            documents.put(text.getKey(), YAML.readTree(text.getValue()));
            resources.put(BASE + text.getKey(), text.getValue());
        }
        SchemaRegistryConfig config =
                SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build();
        Dialect dialect = Dialect.builder(Dialects.getDraft202012())
                .keywords(
                        DOCUMENT_FIELDS.stream().map(NonValidationKeyword::new).toList())
                .build();
        registry = SchemaRegistry.withDefaultDialect(
                dialect, builder -> builder.schemaRegistryConfig(config).schemas(resources));
    }

    /** Loads the document of this project. */
    static OpenApi load() {
        try {
            return new OpenApi(Map.of(
                    NAME,
                    Files.readString(DOCUMENTS.resolve(NAME)),
                    "asyncapi.yaml",
                    Files.readString(DOCUMENTS.resolve("asyncapi.yaml"))));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode root() {
        return documents.get(NAME);
    }

    /** The node that a reference names; missing if there is none. */
    JsonNode at(String reference) {
        int hash = reference.indexOf('#');
        JsonNode document = hash == 0 ? root() : documents.get(reference.substring(0, hash));
        return document == null ? JSON.missingNode() : document.at(reference.substring(hash + 1));
    }

    /** The node, or the one that it refers to. */
    JsonNode resolve(JsonNode node) {
        JsonNode resolved = node;
        while (resolved.has("$ref")) {
            resolved = at(resolved.get("$ref").textValue());
        }
        return resolved;
    }

    JsonNode operation(StreamEndpoint endpoint) {
        JsonNode operation = root().path("paths")
                .path(endpoint.path())
                .path(endpoint.method().toLowerCase(java.util.Locale.ROOT));
        if (operation.isMissingNode()) {
            throw new AssertionError(endpoint + " is not in docs/openapi.yaml");
        }
        return operation;
    }

    /** Names of the parameters in the path, the query or the headers. */
    Set<String> parameters(StreamEndpoint endpoint, String in) {
        Set<String> names = new TreeSet<>();
        for (JsonNode parameter : operation(endpoint).path("parameters")) {
            JsonNode resolved = resolve(parameter);
            if (resolved.path("in").textValue().equals(in)) {
                names.add(resolved.path("name").textValue());
            }
        }
        return names;
    }

    /** Statuses that have a response of their own. */
    Set<Integer> statuses(StreamEndpoint endpoint) {
        Set<Integer> statuses = new TreeSet<>();
        operation(endpoint).path("responses").fieldNames().forEachRemaining(name -> {
            if (!name.equals("default")) {
                statuses.add(Integer.parseInt(name));
            }
        });
        return statuses;
    }

    /** Violations of a schema; empty when the value is valid. */
    List<String> problems(String reference, JsonNode value) {
        Schema validator = validators.computeIfAbsent(
                reference,
                name -> registry.getSchema(SchemaLocation.of(BASE + (name.startsWith("#") ? NAME : "") + name)));
        return validator.validate(value).stream()
                .map(problem -> reference + problem.getInstanceLocation() + ": " + problem.getMessage())
                .sorted()
                .toList();
    }

    /** Violations of the schema by a request body. */
    List<String> requestProblems(StreamEndpoint endpoint, String body) {
        return problems(pointer(endpoint) + "/requestBody/content/application~1json/schema", json(body));
    }

    /** Violations of the documented status, media type, header fields and schema by a response. */
    List<String> responseProblems(StreamEndpoint endpoint, int status, HttpHeaders headers, String body) {
        JsonNode response = operation(endpoint).path("responses").path(Integer.toString(status));
        if (response.isMissingNode()) {
            return List.of(endpoint + ": status " + status + " is not in the document");
        }
        JsonNode resolved = resolve(response);
        List<String> problems = new ArrayList<>(headerProblems(resolved.path("headers"), headers));
        String type = headers.firstValue("content-type").orElse("");
        if (!resolved.has("content")) {
            if (!body.isEmpty() || !type.isEmpty()) {
                problems.add(endpoint + " " + status + ": has a body");
            }
        } else if (!resolved.path("content").has(type)) {
            problems.add(endpoint + " " + status + ": media type " + type + " is not in the document");
        } else if (type.equals("text/event-stream")) {
            SseEvents.parse(body).forEach(event -> problems.addAll(eventProblems(event)));
        } else {
            String at = response.has("$ref")
                    ? response.get("$ref").textValue()
                    : pointer(endpoint) + "/responses/" + status;
            problems.addAll(problems(at + "/content/" + type.replace("/", "~1") + "/schema", json(body)));
        }
        return problems;
    }

    /** Violations by one event of a stream. Its id must be the cursor. */
    List<String> eventProblems(SseEvents.Event event) {
        List<String> problems = new ArrayList<>(problems(
                "#/components/schemas/StreamEvent",
                JSON.createObjectNode().put("method", event.event()).set("params", event.data())));
        String cursor = event.event().equals("resync")
                ? event.id()
                : event.data().path("cursor").asText("");
        if (!event.id().equals(cursor)) {
            problems.add(event.event() + ": id " + event.id() + " is not the cursor " + cursor);
        }
        return problems;
    }

    private List<String> headerProblems(JsonNode documented, HttpHeaders headers) {
        List<String> problems = new ArrayList<>();
        documented.properties().forEach(header -> {
            JsonNode resolved = resolve(header.getValue());
            List<String> values = headers.allValues(header.getKey());
            if (values.isEmpty() && resolved.path("required").asBoolean()) {
                problems.add(header.getKey() + ": missing");
            }
            boolean integer = resolved.at("/schema/type").asText().equals("integer");
            values.forEach(value -> problems.addAll(problems(
                    header.getValue().path("$ref").textValue() + "/schema",
                    integer ? JSON.valueToTree(Long.parseLong(value)) : JSON.valueToTree(value))));
        });
        Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        documented.fieldNames().forEachRemaining(names::add);
        headers.map().keySet().forEach(name -> {
            if (NAMED_HEADERS.contains(name.toLowerCase(java.util.Locale.ROOT)) && !names.contains(name)) {
                problems.add(name + ": not in the document");
            }
        });
        return problems;
    }

    private static String pointer(StreamEndpoint endpoint) {
        return "#/paths/" + endpoint.path().replace("/", "~1") + "/"
                + endpoint.method().toLowerCase(java.util.Locale.ROOT);
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
