package dev.chatgateway.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.Gateway;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.TrustedProxies;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gateway takes the configuration of each overlay, and the manifests fit it. */
class SettingsIT {
    private static final int LIMIT_SECONDS = 60;
    /** docs/performance.md, "Memory of a connection"; over TLS. */
    private static final long KIBIBYTES_PER_CONNECTION = 12;

    private static final long MEBIBYTES_OF_THE_PROCESS = 300;

    @TempDir
    Path directory;

    static Stream<Overlay> overlays() {
        return Overlay.all();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void ports_and_addresses_are_those_of_the_configuration(Overlay overlay) throws Exception {
        GatewayConfig config = new PodSettings(overlay, directory).load();
        Map<String, Integer> ports = overlay.ports();
        assertThat(ports)
                .containsEntry("https", config.https().port())
                .containsEntry("management", config.management().port());
        if (config.http().enabled()) {
            assertThat(ports).containsEntry("http", config.http().port());
        } else {
            assertThat(ports)
                    .doesNotContainKey("http")
                    .doesNotContainValue(config.http().port());
        }
        assertThat(config.http().host()).isEqualTo("0.0.0.0");
        assertThat(config.management().host()).isEqualTo("0.0.0.0");
        assertThat(overlay.container().path("volumeMounts").findValuesAsText("mountPath"))
                .contains(config.data().directory(), "/tmp");
        assertThat(overlay.has("PodDisruptionBudget"))
                .isEqualTo(config.cluster().enabled());
        if (config.cluster().enabled()) {
            assertThat(ports)
                    .containsEntry("engine", config.cluster().port())
                    .containsEntry("bus", config.cluster().busPort());
            JsonNode nodes = overlay.all("Service").stream()
                    .filter(service ->
                            Overlay.nameOf(service).equals(config.cluster().service()))
                    .findFirst()
                    .orElseThrow();
            assertThat(nodes.at("/spec/clusterIP").asText()).isEqualTo("None");
            assertThat(config.cluster().insecure()).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void a_pod_has_the_time_to_drain(Overlay overlay) throws Exception {
        GatewayConfig config = new PodSettings(overlay, directory).load();
        int before = overlay.container().at("/lifecycle/preStop/sleep/seconds").asInt();
        assertThat(before).isPositive();
        assertThat(overlay.pod().path("terminationGracePeriodSeconds").asInt())
                .isGreaterThan(before + config.process().drainSeconds());
        assertThat(config.reconnectSeconds()).isLessThan(config.process().drainSeconds());
    }

    @Test
    void production_is_a_cluster_of_three_with_certificates() throws Exception {
        Overlay production = Overlay.of("overlays/production");
        GatewayConfig config = new PodSettings(production, directory).load();
        assertThat(production
                        .one("HorizontalPodAutoscaler")
                        .at("/spec/minReplicas")
                        .asInt())
                .isEqualTo(3);
        assertThat(config.cluster().enabled()).isTrue();
        assertThat(config.https().certificate()).isNotNull();
        assertThat(config.management().secret()).isNotNull();
        assertThat(config.http().enabled()).isFalse();
        assertThat(config.http().trustedProxies()).isNotEmpty();
        TrustedProxies proxies = TrustedProxies.of(config.http().trustedProxies());
        assertThat(List.of("10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "127.0.0.1"))
                .as("pods and other machines of a private network")
                .noneMatch(proxies::trusts);
        assertThat(List.of("ServiceMonitor", "PrometheusRule", "Ingress", "PodDisruptionBudget"))
                .allMatch(production::has);
    }

    /** The default of 100,000 connections was more than the pod's memory holds: it was killed before it was full. */
    @ParameterizedTest
    @MethodSource("overlays")
    void a_full_node_has_a_third_of_its_memory_to_spare(Overlay overlay) throws Exception {
        GatewayConfig config = new PodSettings(overlay, directory).load();
        String limit = overlay.container().at("/resources/limits/memory").asText();
        assertThat(limit).matches("\\d+[MG]i");
        long mebibytes = Long.parseLong(limit.replaceAll("\\D", "")) * (limit.endsWith("Gi") ? 1024 : 1);

        long needed = config.limits().connections() * KIBIBYTES_PER_CONNECTION / 1024 + MEBIBYTES_OF_THE_PROCESS;

        assertThat(needed * 3).isLessThanOrEqualTo(mebibytes * 2);
        for (JsonNode scaler : overlay.all("HorizontalPodAutoscaler")) {
            assertThat(scaler.at("/spec/metrics/0/pods/target/averageValue").asInt())
                    .as("pods are added before they are full")
                    .isLessThan(config.limits().connections());
        }
    }

    @Test
    void an_ingress_does_not_cut_what_the_gateway_keeps() throws Exception {
        Overlay production = Overlay.of("overlays/production");
        GatewayConfig config = new PodSettings(production, directory).load();
        Map<String, String> annotations =
                Overlay.strings(production.one("Ingress").at("/metadata/annotations"));
        String prefix = "nginx.ingress.kubernetes.io/";
        for (String timeout : List.of("proxy-read-timeout", "proxy-send-timeout")) {
            assertThat(Integer.parseInt(annotations.get(prefix + timeout)))
                    .isGreaterThan(config.limits().idleSeconds());
        }
        assertThat(annotations.get(prefix + "proxy-body-size"))
                .isEqualTo(config.limits().bodyBytes() / 1024 + "k");
    }

    @Test
    void a_variable_that_is_no_key_would_be_noticed() {
        PodSettings settings =
                new PodSettings(Overlay.of("overlays/dev"), directory, Map.of("CHATGATEWAY_HTTP_PROT", "1"));
        assertThatThrownBy(settings::load).hasMessageContaining("CHATGATEWAY_HTTP_PROT");
    }

    /** As a pod of the overlay for development would, with its embedded service. */
    @Test
    void probes_answer() throws Exception {
        Overlay dev = Overlay.of("overlays/dev");
        Map<String, String> here = Map.of(
                "CHATGATEWAY_HTTP_HOST", "127.0.0.1",
                "CHATGATEWAY_HTTP_PORT", "0",
                "CHATGATEWAY_HTTPS_PORT", "0",
                "CHATGATEWAY_MANAGEMENT_HOST", "127.0.0.1",
                "CHATGATEWAY_MANAGEMENT_PORT", "0",
                "CHATGATEWAY_EMBEDDED_PORT", "0",
                "CHATGATEWAY_DATA_DIRECTORY", directory.resolve("data").toString());
        Gateway gateway = new Gateway(new PodSettings(dev, directory, here).load());
        try {
            Gateway.Endpoints endpoints =
                    gateway.start().toCompletionStage().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
            for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                String path = dev.container().path(probe).at("/httpGet/path").asText();
                Awaitility.await().atMost(Duration.ofSeconds(LIMIT_SECONDS)).untilAsserted(() -> assertThat(
                                status(endpoints.management().resolve(path)))
                        .as(path)
                        .isEqualTo(200));
            }
            Overlay production = Overlay.of("overlays/production");
            String metrics = production
                    .one("ServiceMonitor")
                    .at("/spec/endpoints/0/path")
                    .asText();
            assertThat(status(endpoints.management().resolve(metrics))).isEqualTo(200);
        } finally {
            gateway.stop().toCompletionStage().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
        }
    }

    private static int status(URI address) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(20)).build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }
}
