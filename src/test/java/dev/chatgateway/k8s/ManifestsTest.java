package dev.chatgateway.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every object of every overlay is one that Kubernetes takes. */
class ManifestsTest {
    private static final Path MONITORING = Path.of("k8s/components/monitoring");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    static Stream<Overlay> overlays() {
        return Overlay.all();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void every_object_fits_its_schema(Overlay overlay) throws JsonProcessingException {
        assertThat(overlay.objects()).hasSizeGreaterThan(3);
        for (ObjectNode object : overlay.objects()) {
            StrictModel.check(object);
        }
    }

    /** Else the test above would say nothing. */
    @ParameterizedTest
    @MethodSource("overlays")
    void a_field_that_is_not_known_is_refused_wherever_it_is(Overlay overlay) {
        for (ObjectNode object : overlay.objects()) {
            List<ObjectNode> places = new ArrayList<>();
            collect(object, places);
            for (ObjectNode place : places) {
                place.put("replicaz", 1);
                assertThatThrownBy(() -> StrictModel.check(object))
                        .as("%s %s in %s", overlay, Overlay.nameOf(object), place)
                        .hasMessageContaining("replicaz");
                place.remove("replicaz");
            }
        }
    }

    /** All objects with fields of the API's, that is: not maps of labels and the like. */
    private static void collect(JsonNode node, List<ObjectNode> places) {
        if (node instanceof ObjectNode object) {
            places.add(object);
        }
        node.properties().forEach(field -> {
            if (!List.of("labels", "annotations", "matchLabels", "selector", "data", "requests", "limits")
                    .contains(field.getKey())) {
                collect(field.getValue(), places);
            } else if (field.getKey().equals("selector") && field.getValue().has("matchLabels")) {
                collect(field.getValue(), places);
            }
        });
        if (node.isArray()) {
            node.forEach(entry -> collect(entry, places));
        }
    }

    @Test
    void a_value_of_another_type_is_refused() {
        ObjectNode deployment = Overlay.of("base").one("Deployment");
        ((ObjectNode) deployment.path("spec")).put("minReadySeconds", "10");
        assertThatThrownBy(() -> StrictModel.check(deployment)).hasMessageContaining("minReadySeconds");
    }

    @Test
    void the_rule_object_holds_the_alert_rules() throws IOException {
        Path file = MONITORING.resolve("prometheus-rule.yaml");
        String rules = Files.readString(MONITORING.resolve("alerts.yaml"));
        if (Boolean.getBoolean("k8s.write")) {
            String text = Files.readString(file);
            String groups = rules.substring(rules.indexOf("\ngroups:") + 1).replaceAll("(?m)^(?=.)", "  ");
            Files.writeString(file, text.substring(0, text.indexOf("\nspec:\n") + 7) + groups);
        }
        JsonNode object = YAML.readTree(file.toFile());
        assertThat(object.at("/spec/groups"))
                .as("prometheus-rule.yaml (its first line says how to write it anew)")
                .isEqualTo(YAML.readTree(rules).path("groups"));
    }
}
