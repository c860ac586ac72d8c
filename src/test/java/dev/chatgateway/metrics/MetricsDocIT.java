package dev.chatgateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.metrics.MeterSpec.Kind;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.Management;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The code, docs/metrics.md and what a gateway at work says are one. */
class MetricsDocIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("limits.pingSeconds", "1").with("limits.idleSeconds", "30");

    private static final Pattern LIMIT =
            Pattern.compile("(?:limitHit|tooSlow|tooMany|busy)\\(\\s*(?:request, )?\"([\\w.]+)\"");

    private final Management management = new Management(GATEWAY);

    @Test
    void page_matches_the_code() throws IOException {
        if (Boolean.getBoolean("metrics.write")) {
            Files.writeString(MetricsPage.FILE, MetricsPage.text());
        }
        assertThat(MetricsPage.FILE)
                .as("docs/metrics.md (its first lines say how to write it anew)")
                .hasContent(MetricsPage.text());
    }

    @Test
    void names_follow_the_rules_of_prometheus() {
        List<MeterSpec> all = GatewayMetrics.catalogue();
        assertThat(all)
                .extracting(MeterSpec::name)
                .doesNotHaveDuplicates()
                .allMatch(n -> n.matches("chatgateway_[a-z_]+"));
        assertThat(all).allSatisfy(spec -> {
            assertThat(spec.name().endsWith("_total")).as(spec.name()).isEqualTo(spec.kind() == Kind.COUNTER);
            assertThat(spec.buckets().isEmpty()).as(spec.name()).isEqualTo(spec.kind() != Kind.HISTOGRAM);
            assertThat(spec.name()).doesNotContainPattern("milli|_ms_|_ms$|_kb|_mb");
            assertThat(spec.labels()).extracting(MeterSpec.Label::name).doesNotContain("thread", "user", "le");
        });
    }

    @Test
    void running_gateway_exposes_exactly_the_described_meters() {
        try (ChatSocket socket = work()) {
            assertThat(socket.events("chatMessageReceived")).isNotEmpty();
            compare();
        }
    }

    private void compare() {
        Map<String, MeterSpec> specs = new LinkedHashMap<>();
        GatewayMetrics.catalogue().forEach(spec -> specs.put(spec.name(), spec));
        Awaitility.await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Scrape scrape = Scrape.of(management.get("/metrics").body());
            assertThat(scrape.sum("chatgateway_received_frames_total")).isGreaterThan(3);
            assertThat(scrape.sum("chatgateway_sent_bytes_total")).isGreaterThan(100);
            assertThat(scrape.sum("chatgateway_ping_rtt_seconds_count")).isPositive();
            // Pauses are told only once there was one.
            System.gc();
            assertThat(scrape.types()).containsKey("jvm_gc_pause_seconds");
        });
        Scrape scrape = Scrape.of(management.get("/metrics").body());
        Map<String, String> own = new LinkedHashMap<>(scrape.types());
        own.keySet().removeIf(name -> !name.startsWith("chatgateway_") || maximum(name, specs));
        assertThat(own.keySet()).containsExactlyInAnyOrderElementsOf(specs.keySet());
        own.forEach((name, type) -> assertThat(type)
                .as(name)
                .isEqualTo(specs.get(name).kind().name().toLowerCase(Locale.ROOT)));
        scrape.samples().stream()
                .filter(s -> s.name().startsWith("chatgateway_"))
                .forEach(sample -> labels(sample, specs));
        assertThat(scrape.types().keySet()).containsAll(MetricsPage.FOREIGN.keySet());
        for (String name : List.of(
                "events_delivered_total",
                "authentication_seconds_count",
                "handshake_seconds_count",
                "poll_seconds_count",
                "poll_interval_seconds_count",
                "poll_items_total",
                "event_seen_seconds_count",
                "event_delivery_seconds_count",
                "updates_published_total",
                "updates_delivered_total",
                "poll_last_success_timestamp_seconds",
                "resumes_total",
                "token_life_seconds_count",
                "event_acknowledged_seconds_count",
                "certificate_expiry_timestamp_seconds",
                "direct_memory_bytes")) {
            assertThat(scrape.sum("chatgateway_" + name)).as(name).isPositive();
        }
    }

    @Test
    void every_limit_in_the_source_has_a_label() throws IOException {
        Set<String> limits = new TreeSet<>();
        try (var files = Files.walk(Path.of("src/main/java"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                Matcher limit = LIMIT.matcher(Files.readString(file));
                while (limit.find()) {
                    limits.add(limit.group(1));
                }
            }
        }
        assertThat(limits).hasSizeGreaterThan(20);
        assertThat(limits)
                .as("limits of the source (expected: each named in GatewayMetrics.LIMITS or SocketMetrics.REFUSED)")
                .isSubsetOf(GatewayMetrics.catalogue().stream()
                        .flatMap(spec -> spec.labels().stream())
                        .flatMap(label -> label.values().stream())
                        .toList());
    }

    @Test
    void unknown_label_value_becomes_other() {
        GatewayMetrics metrics = GatewayMetrics.unread();
        metrics.limitHit("8:acs:somebody");
        assertThat(metrics.registry()
                        .find("chatgateway.limits.hit")
                        .tag("limit", "other")
                        .counter()
                        .count())
                .isOne();
        assertThat(metrics.registry()
                        .find("chatgateway.limits.hit")
                        .tag("limit", "8:acs:somebody")
                        .counter())
                .isNull();
    }

    @Test
    void every_close_code_has_a_label() {
        MeterSpec closed = GatewayMetrics.catalogue().stream()
                .filter(spec -> spec.name().equals("chatgateway_connections_closed_total"))
                .findFirst()
                .orElseThrow();
        assertThat(IntStream.range(0, 5000).mapToObj(CloseCode::label).distinct())
                .containsExactlyInAnyOrderElementsOf(closed.labels().get(0).values());
    }

    private static boolean maximum(String name, Map<String, MeterSpec> specs) {
        return name.endsWith("_max") && specs.containsKey(name.substring(0, name.length() - "_max".length()));
    }

    private static void labels(Scrape.Sample sample, Map<String, MeterSpec> specs) {
        MeterSpec spec = specs.containsKey(sample.name())
                ? specs.get(sample.name())
                : specs.get(sample.name().replaceFirst("_(bucket|sum|count|max)$", ""));
        assertThat(spec).as(sample.name()).isNotNull();
        Map<String, String> found = new LinkedHashMap<>(sample.labels());
        found.remove("le");
        assertThat(found.keySet())
                .as(sample.name())
                .containsExactlyInAnyOrderElementsOf(
                        spec.labels().stream().map(MeterSpec.Label::name).toList());
        spec.labels().forEach(label -> assertThat(label.value(found.get(label.name())))
                .isEqualTo(found.get(label.name())));
    }

    /** A chat, a resume, a refusal; the socket stays open to answer pings. */
    private static ChatSocket work() {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        JsonObject on = new JsonObject().put("threadId", ann.createThread("Lunch"));
        ChatSocket socket = ChatSocket.signIn(GATEWAY, ann);
        String cursor = socket.call("subscribe", on).getString("cursor");
        socket.call("sendMessage", on.copy().put("content", "Pizza?"));
        String newest = socket.event("chatMessageReceived", e -> true).getString("cursor");
        socket.call("ack", new JsonObject().put("cursor", newest));
        socket.call("unsubscribe", on);
        socket.call("subscribe", on.copy().put("cursor", cursor));
        socket.refused("sendMessage", on);
        return socket;
    }
}
