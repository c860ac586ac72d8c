package dev.chatgateway.monitoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The alert rules and the dashboard, read. */
final class MonitoringFiles {
    static final Path RULES = Path.of("k8s/components/monitoring/alerts.yaml");
    static final Path RULE_TESTS = Path.of("src/test/prometheus/alerts.test.yaml");
    private static final Path DASHBOARD = Path.of("k8s/components/monitoring/dashboard.json");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private MonitoringFiles() {}

    /** All rules of all groups. */
    static List<JsonNode> alerts() {
        List<JsonNode> alerts = new ArrayList<>();
        read(RULES).path("groups").forEach(group -> group.path("rules").forEach(alerts::add));
        return alerts;
    }

    static JsonNode ruleTests() {
        return read(RULE_TESTS);
    }

    static JsonNode dashboard() {
        return read(DASHBOARD);
    }

    /** What the dashboard asks Prometheus, its variables filled in as for all nodes. */
    static List<String> dashboardQueries() {
        return dashboard().findValuesAsText("expr").stream()
                .map(expr -> expr.replace("$__rate_interval", "1m")
                        .replace("$job", ".*")
                        .replace("$instance", ".*"))
                .toList();
    }

    private static JsonNode read(Path file) {
        try {
            return YAML.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
