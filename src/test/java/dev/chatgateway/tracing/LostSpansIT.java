package dev.chatgateway.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.config.GatewayConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A collector that can't be reached costs spans and nothing else. */
class LostSpansIT {
    private static final Map<String, String> SETTINGS = Map.of(
            "otel.bsp.schedule.delay", "50",
            "otel.bsp.max.queue.size", "100",
            "otel.bsp.max.export.batch.size", "50");

    @AfterEach
    void forget() {
        SETTINGS.keySet().forEach(System::clearProperty);
        System.clearProperty("otel.exporter.otlp.endpoint");
        System.clearProperty("otel.traces.exporter");
    }

    @Test
    void full_queue_drops_spans_and_counts_them() throws Exception {
        // Connections are accepted by the kernel, and never answered.
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Tracing tracing = tracing(silent.getLocalPort());
            for (int i = 0; i < 1_000; i++) {
                tracing.tracer().spanBuilder("ping").startSpan().end();
            }

            assertThat(tracing.spans(Tracing.Outcome.DROPPED)).isBetween(700L, 950L);
            assertThat(tracing.spans(Tracing.Outcome.EXPORTED)).isZero();
            assertThat(tracing.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS))
                    .isNull();
        }
    }

    @Test
    void spans_that_were_sent_in_vain_are_counted() throws Exception {
        int nobody;
        try (ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = port.getLocalPort();
        }
        Tracing tracing = tracing(nobody);
        tracing.tracer().spanBuilder("ping").startSpan().end();

        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> tracing.spans(Tracing.Outcome.FAILED) == 1);
        tracing.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Test
    void impossible_setting_fails_the_start() {
        System.setProperty("otel.traces.exporter", "pigeon");

        assertThatThrownBy(() -> Tracing.of(new GatewayConfig.Tracing(true)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("tracing: ")
                .hasMessageContaining("pigeon");
    }

    private static Tracing tracing(int port) throws IOException {
        SETTINGS.forEach(System::setProperty);
        System.setProperty("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + port);
        return Tracing.of(new GatewayConfig.Tracing(true));
    }
}
