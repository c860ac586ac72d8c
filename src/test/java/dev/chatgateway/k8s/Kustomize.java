package dev.chatgateway.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The part of Kustomize that {@code k8s/} uses, as no Kustomize can be had where the tests run in general. A field that it
 * does not know is an error. Where kubectl is installed, {@link KubectlIT} holds it to the real one.
 */
final class Kustomize {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private final List<ObjectNode> objects = new ArrayList<>();
    private final List<ObjectNode> hashed = new ArrayList<>();

    private Kustomize() {}

    /** The fields of kustomization.yaml. */
    private record Kustomization(
            String apiVersion,
            String kind,
            @Nullable List<String> resources,
            @Nullable List<String> components,
            @Nullable List<Labels> labels,
            @Nullable List<Generator> configMapGenerator,
            @Nullable List<Image> images,
            @Nullable List<Patch> patches) {}

    private record Labels(Map<String, String> pairs) {}

    private record Generator(
            String name,
            @Nullable String behavior,
            List<String> files,
            @Nullable Options options) {}

    private record Options(
            boolean disableNameSuffixHash, @Nullable Map<String, String> labels) {}

    private record Image(String name, @Nullable String newName, String newTag) {}

    private record Patch(@Nullable String path, @Nullable String patch) {}

    /** All objects of an overlay. */
    static List<ObjectNode> render(Path directory) throws IOException {
        Kustomize all = new Kustomize();
        all.accumulate(directory.normalize(), "Kustomization");
        for (ObjectNode map : all.hashed) {
            String name = name(map);
            String hashed = name + "-" + ConfigMapHash.of(map);
            metadata(map).put("name", hashed);
            all.objects.forEach(object -> renameReferences(object, name, hashed));
        }
        return all.objects;
    }

    private void accumulate(Path directory, String kind) throws IOException {
        Kustomization file =
                YAML.readValue(directory.resolve("kustomization.yaml").toFile(), Kustomization.class);
        String version =
                kind.equals("Component") ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1";
        if (!file.kind.equals(kind) || !file.apiVersion.equals(version)) {
            throw new IOException(
                    directory + ": " + file.apiVersion + " " + file.kind + " (expected: " + version + " " + kind + ")");
        }
        int before = objects.size();
        for (String resource : some(file.resources)) {
            Path path = directory.resolve(resource).normalize();
            if (Files.isDirectory(path)) {
                accumulate(path, "Kustomization");
            } else {
                documents(Files.readString(path)).forEach(this::add);
            }
        }
        for (String component : some(file.components)) {
            accumulate(directory.resolve(component).normalize(), "Component");
        }
        for (Generator generator : some(file.configMapGenerator)) {
            generate(directory, generator);
        }
        for (Patch patch : some(file.patches)) {
            String text = patch.path == null ? patch.patch : Files.readString(directory.resolve(patch.path));
            List<ObjectNode> documents = documents(text == null ? "" : text);
            if (documents.size() != 1) {
                throw new IOException(directory + ": a patch of " + documents.size() + " documents (expected: 1)");
            }
            patch(documents.get(0));
        }
        // A component changes what was there before it too; only labels are its own affair here.
        for (ObjectNode object : objects.subList(kind.equals("Component") ? before : 0, objects.size())) {
            some(file.labels).forEach(labels -> label(object, labels.pairs));
        }
        some(file.images).forEach(image -> objects.forEach(object -> tag(object, image)));
    }

    private static <T> List<T> some(@Nullable List<T> list) {
        return list == null ? List.of() : list;
    }

    private static List<ObjectNode> documents(String text) throws IOException {
        List<ObjectNode> documents = new ArrayList<>();
        try (var values = YAML.readerFor(ObjectNode.class).<ObjectNode>readValues(text)) {
            values.forEachRemaining(documents::add);
        }
        return documents;
    }

    private void add(ObjectNode object) {
        if (objects.stream().anyMatch(other -> same(other, object))) {
            throw new IllegalStateException(describe(object) + ": twice (expected: once)");
        }
        objects.add(object);
    }

    private void generate(Path directory, Generator generator) throws IOException {
        ObjectNode map = YAML.createObjectNode().put("apiVersion", "v1").put("kind", "ConfigMap");
        map.putObject("metadata").put("name", generator.name);
        ObjectNode data = map.putObject("data");
        for (String file : generator.files) {
            data.put(file, Files.readString(directory.resolve(file)));
        }
        if ("replace".equals(generator.behavior)) {
            objects.stream()
                    .filter(object -> same(object, map))
                    .findFirst()
                    .orElseThrow(() -> new IOException(directory + ": no " + describe(map) + " to replace"))
                    .set("data", data);
            return;
        }
        if (generator.behavior != null) {
            throw new IOException(directory + ": behavior " + generator.behavior + " (expected: replace, or none)");
        }
        add(map);
        if (generator.options == null || !generator.options.disableNameSuffixHash) {
            hashed.add(map);
        }
        if (generator.options != null && generator.options.labels != null) {
            label(map, generator.options.labels);
        }
    }

    private void patch(ObjectNode patch) throws IOException {
        ObjectNode target = objects.stream()
                .filter(object -> same(object, patch))
                .findFirst()
                .orElseThrow(() -> new IOException("no " + describe(patch) + " to patch"));
        if (patch.has("$patch")) {
            StrategicMerge.demandDelete(patch);
            objects.remove(target);
        } else {
            StrategicMerge.merge(target, patch);
        }
    }

    private static void label(ObjectNode object, Map<String, String> pairs) {
        ObjectNode labels = metadata(object).withObjectProperty("labels");
        pairs.forEach(labels::put);
    }

    private static void tag(ObjectNode object, Image image) {
        for (JsonNode container : object.at("/spec/template/spec/containers")) {
            String name = container.path("image").asText().replaceFirst(":[^/]*$", "");
            if (name.equals(image.name)) {
                ((ObjectNode) container)
                        .put("image", (image.newName == null ? name : image.newName) + ":" + image.newTag);
            }
        }
    }

    /** In the places where an object names a ConfigMap. */
    private static void renameReferences(JsonNode node, String name, String hashed) {
        Consumer<JsonNode> rename = reference -> {
            if (reference.path("name").asText().equals(name)) {
                ((ObjectNode) reference).put("name", hashed);
            }
        };
        for (String field : List.of("configMap", "configMapRef", "configMapKeyRef")) {
            node.findValues(field).forEach(rename);
        }
    }

    private static boolean same(ObjectNode a, ObjectNode b) {
        return describe(a).equals(describe(b)) && a.path("apiVersion").equals(b.path("apiVersion"));
    }

    private static String describe(ObjectNode object) {
        return object.path("kind").asText() + " " + name(object);
    }

    private static String name(ObjectNode object) {
        return object.path("metadata").path("name").asText();
    }

    private static ObjectNode metadata(ObjectNode object) {
        return object.withObjectProperty("metadata");
    }
}
