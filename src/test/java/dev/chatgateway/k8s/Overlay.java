package dev.chatgateway.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What one overlay of {@code k8s/} renders to. */
record Overlay(String name, List<ObjectNode> objects) {
    static final Path ROOT = Path.of("k8s");

    static Overlay of(String name) {
        try {
            return new Overlay(name, Kustomize.render(ROOT.resolve(name)));
        } catch (IOException e) {
            throw new UncheckedIOException(name, e);
        }
    }

    static Stream<Overlay> all() {
        return Stream.of("base", "overlays/dev", "overlays/production").map(Overlay::of);
    }

    List<ObjectNode> all(String kind) {
        return objects.stream()
                .filter(object -> object.path("kind").asText().equals(kind))
                .toList();
    }

    ObjectNode one(String kind) {
        List<ObjectNode> found = all(kind);
        if (found.size() != 1) {
            throw new AssertionError(name + ": " + found.size() + " of kind " + kind + " (expected: 1)");
        }
        return found.get(0);
    }

    boolean has(String kind) {
        return !all(kind).isEmpty();
    }

    JsonNode pod() {
        return one("Deployment").at("/spec/template/spec");
    }

    Map<String, String> podLabels() {
        return strings(one("Deployment").at("/spec/template/metadata/labels"));
    }

    JsonNode container() {
        return pod().path("containers").get(0);
    }

    /** Name to port of the container. */
    Map<String, Integer> ports() {
        Map<String, Integer> ports = new LinkedHashMap<>();
        container()
                .path("ports")
                .forEach(port -> ports.put(
                        port.path("name").asText(), port.path("containerPort").asInt()));
        return ports;
    }

    /** The gateway's configuration file. */
    String configuration() {
        String map = stream(pod().path("volumes"))
                .map(volume -> volume.at("/configMap/name").asText())
                .filter(name -> !name.isEmpty())
                .findFirst()
                .orElseThrow();
        return all("ConfigMap").stream()
                .filter(object -> nameOf(object).equals(map))
                .map(object -> object.path("data").path("gateway.yaml").asText())
                .findFirst()
                .orElseThrow(() -> new AssertionError(name + ": no ConfigMap " + map));
    }

    static String nameOf(JsonNode object) {
        return object.at("/metadata/name").asText();
    }

    static Map<String, String> strings(JsonNode object) {
        Map<String, String> strings = new LinkedHashMap<>();
        object.properties()
                .forEach(field -> strings.put(field.getKey(), field.getValue().asText()));
        return strings;
    }

    static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }

    @Override
    public String toString() {
        return name;
    }
}
