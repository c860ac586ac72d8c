package dev.chatgateway.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The renderer of these tests and the real Kustomize make the same of each overlay. Where there is no kubectl of version
 * 1.27 or newer there is nothing to compare with, and the manifests of the repository say so in docs/operations.md.
 */
class KubectlIT {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final int LIMIT_SECONDS = 60;

    @TempDir
    Path directory;

    @TestFactory
    Stream<DynamicTest> kubectl_renders_the_same() throws Exception {
        DynamicTest known = dynamicTest("the renderer knows all overlays", () -> assertThat(Overlay.all())
                .hasSize(3));
        if (!installed() || !kubectl("version", "--client").contains("Kustomize Version: v5")) {
            return Stream.of(known);
        }
        Stream<DynamicTest> compared =
                Overlay.all().map(overlay -> dynamicTest(overlay.name(), () -> compare(overlay)));
        return Stream.concat(Stream.of(known), compared);
    }

    private void compare(Overlay overlay) throws Exception {
        String text = kubectl("kustomize", Overlay.ROOT.resolve(overlay.name()).toString());
        List<ObjectNode> theirs = new ArrayList<>();
        try (var values = YAML.readerFor(ObjectNode.class).<ObjectNode>readValues(text)) {
            values.forEachRemaining(theirs::add);
        }
        assertThat(sorted(overlay.objects())).isEqualTo(sorted(theirs));
    }

    /** By name; the order of merged lists is nobody's business. */
    private static Map<String, JsonNode> sorted(List<ObjectNode> objects) {
        Map<String, JsonNode> sorted = new TreeMap<>();
        for (ObjectNode object : objects) {
            sort(object);
            sorted.put(object.path("kind").asText() + " " + Overlay.nameOf(object), object);
        }
        return sorted;
    }

    private static void sort(JsonNode node) {
        node.forEach(KubectlIT::sort);
        node.properties().forEach(field -> {
            if (field.getValue() instanceof ArrayNode list && !list.isEmpty()) {
                String key = StrategicMerge.key(field.getKey(), list.get(0));
                List<JsonNode> entries = new ArrayList<>();
                list.forEach(entries::add);
                if (!key.isEmpty()) {
                    entries.sort(Comparator.comparing(entry -> entry.path(key).asText()));
                    list.removeAll();
                    list.addAll(entries);
                }
            }
        });
    }

    private static boolean installed() {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "kubectl")));
    }

    private String kubectl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("kubectl"));
        command.addAll(List.of(arguments));
        Path output = directory.resolve("kubectl.out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.destroyForcibly();
        }
        String text = Files.readString(output);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
