package dev.chatgateway.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Alert rules and dashboard name what exists. */
class MonitoringTest {
    private static final Pattern METER = Pattern.compile("\\b(?:chatgateway|jvm|process|vertx)_\\w+");

    private static Set<String> meters(Stream<String> queries) {
        return queries.flatMap(query -> METER.matcher(query).results().map(found -> found.group()))
                .map(name -> name.replaceFirst("_(bucket|sum|count)$", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> documented() throws IOException {
        Matcher row = Pattern.compile("(?m)^\\| `(\\w+)` \\|").matcher(Files.readString(Path.of("docs/metrics.md")));
        return row.results().map(found -> found.group(1)).collect(Collectors.toSet());
    }

    private static List<String> names(List<JsonNode> alerts) {
        return alerts.stream().map(alert -> alert.path("alert").asText()).toList();
    }

    @Test
    void every_meter_of_a_rule_or_the_dashboard_is_documented() throws IOException {
        Set<String> ofRules = meters(MonitoringFiles.alerts().stream()
                .map(alert -> alert.path("expr").asText()));
        Set<String> ofDashboard = meters(MonitoringFiles.dashboardQueries().stream());
        assertThat(ofRules).hasSizeGreaterThan(8).isSubsetOf(documented());
        assertThat(ofDashboard).hasSizeGreaterThan(30).isSubsetOf(documented());
    }

    @Test
    void every_alert_leads_to_its_paragraph() throws IOException {
        Path runbook = Path.of("docs/operations.md");
        Set<String> anchors = Files.readAllLines(runbook).stream()
                .filter(line -> line.startsWith("#"))
                .map(line ->
                        line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT).replace(' ', '-'))
                .collect(Collectors.toSet());
        assertThat(MonitoringFiles.alerts()).hasSizeGreaterThan(7).allSatisfy(alert -> {
            String[] link = alert.path("annotations").path("runbook").asText().split("#");
            assertThat(Path.of(link[0])).isEqualTo(runbook);
            assertThat(anchors).contains(link[1]);
            assertThat(alert.path("annotations").path("summary").asText()).isNotBlank();
            assertThat(alert.path("labels").path("severity").asText()).isIn("warning", "critical");
        });
    }

    @Test
    void every_alert_is_tested() {
        List<String> tested = MonitoringFiles.ruleTests().findValuesAsText("alertname");
        assertThat(tested).containsAll(names(MonitoringFiles.alerts()));
    }

    @Test
    void panels_of_the_dashboard_lie_beside_each_other_and_say_what_they_show() {
        List<JsonNode> panels = Stream.iterate(0, i -> i + 1)
                .limit(MonitoringFiles.dashboard().path("panels").size())
                .map(i -> MonitoringFiles.dashboard().path("panels").get(i))
                .toList();
        assertThat(panels).extracting(panel -> panel.path("id").asInt()).doesNotHaveDuplicates();
        Set<String> cells = new TreeSet<>();
        for (JsonNode panel : panels) {
            JsonNode at = panel.path("gridPos");
            for (int x = at.path("x").asInt();
                    x < at.path("x").asInt() + at.path("w").asInt();
                    x++) {
                for (int y = at.path("y").asInt();
                        y < at.path("y").asInt() + at.path("h").asInt();
                        y++) {
                    assertThat(cells.add(x + " " + y))
                            .as(panel.path("title").asText())
                            .isTrue();
                    assertThat(x).isLessThan(24);
                }
            }
            assertThat(panel.path("type").asText().equals("row"))
                    .isEqualTo(panel.path("description").isMissingNode());
        }
    }
}
