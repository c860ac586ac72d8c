package dev.chatgateway.metrics;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** docs/metrics.md as the code has it. */
final class MetricsPage {
    static final Path FILE = Path.of("docs/metrics.md");

    /** What dashboards and people use of the JVM's and Vert.x's own; their libraries name them. */
    static final Map<String, String> FOREIGN = new TreeMap<>(Map.of(
            "jvm_memory_used_bytes", "memory in use, by `area` (heap, nonheap) and pool (`id`)",
            "jvm_memory_max_bytes", "its bounds",
            "jvm_gc_pause_seconds", "pauses of the collector, by `cause`",
            "jvm_buffer_memory_used_bytes", "Java's own direct buffers, by `id`",
            "jvm_threads_live_threads", "threads",
            "process_cpu_usage", "share of all cores that the process uses, 0 to 1",
            "process_files_open_files", "open files, sockets included",
            "process_files_max_files", "how many it may open",
            "process_uptime_seconds", "since its start"));

    private MetricsPage() {}

    static String text() {
        List<String> lines = new ArrayList<>(List.of(
                "# Metrics",
                "",
                "`/metrics` on the management port, in Prometheus's text format, or OpenMetrics where `Accept` asks for it. This page is",
                "written by `MetricsDocIT` from the code (`mvn -Dmetrics.write=true -Dtest=MetricsDocIT surefire:test@default-test`).",
                "Every label is a closed set; none names a thread or a user. A histogram has `_bucket`, `_sum` and `_count`, and beside it",
                "a gauge `_max`: the largest of the last minutes. What to make of them: [operations.md](operations.md#alerts).",
                "",
                "## The gateway's own",
                "",
                "| meter | type | labels | meaning |",
                "| --- | --- | --- | --- |"));
        for (MeterSpec spec : GatewayMetrics.catalogue()) {
            String labels = spec.labels().stream().map(MetricsPage::label).collect(Collectors.joining("; "));
            lines.add("| `" + spec.name() + "` | " + type(spec) + " | " + labels + " | " + spec.meaning() + " |");
        }
        lines.addAll(List.of(
                "",
                "## Of the JVM, the process and Vert.x",
                "",
                "Also there: what Micrometer tells of the JVM (`jvm_*`), the process (`process_*`, `system_*`) and Vert.x (`vertx_*`).",
                "Used by the dashboard:",
                "",
                "| meter | meaning |",
                "| --- | --- |"));
        FOREIGN.forEach((name, meaning) -> lines.add("| `" + name + "` | " + meaning + " |"));
        return String.join("\n", lines) + '\n';
    }

    private static String type(MeterSpec spec) {
        String kind = spec.kind().name().toLowerCase(Locale.ROOT);
        int last = spec.buckets().size() - 1;
        return last < 0
                ? kind
                : kind + ", " + spec.buckets().size() + " buckets from "
                        + number(spec.buckets().get(0)) + " to "
                        + number(spec.buckets().get(last));
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private static String label(MeterSpec.Label label) {
        String values = label.values().isEmpty()
                ? label.words()
                : label.values().stream().map(v -> '`' + v + '`').collect(Collectors.joining(", "));
        return '`' + label.name() + "`: " + values;
    }
}
