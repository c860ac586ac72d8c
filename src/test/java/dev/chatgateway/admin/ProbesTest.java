package dev.chatgateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Kubernetes is told, and what people are told beside it. */
class ProbesTest {
    private final Vertx vertx = Vertx.vertx();
    private final AtomicBoolean answered = new AtomicBoolean(true);
    private final Probes probes = new Probes(answered::get);

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Probes.Readiness ready() {
        return probes.ready()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    private List<String> missing() {
        Probes.Readiness readiness = ready();
        JsonArray missing = readiness.json().getJsonArray("missing");
        assertThat(readiness.ready())
                .isEqualTo(missing.isEmpty())
                .isEqualTo(readiness.json().getBoolean("ready"));
        return missing.stream()
                .map(m -> ((JsonObject) m).getString("condition"))
                .toList();
    }

    @Test
    void failed_conditions_are_named() {
        answered.set(false);
        assertThat(missing()).containsExactly("started", "serviceAnswered");
        probes.started(List.of(vertx.getOrCreateContext()));
        assertThat(missing()).containsExactly("serviceAnswered");
        assertThat(ready().json().encode()).contains("the chat service's endpoint has not answered yet");
        answered.set(true);
        assertThat(missing()).isEmpty();
        probes.draining();
        assertThat(missing()).containsExactly("notDraining");
    }

    @Test
    void other_packages_add_conditions() {
        probes.started(List.of());
        AtomicBoolean sane = new AtomicBoolean();
        probes.require(
                "clusterView", () -> sane.get() ? Future.succeededFuture() : Future.failedFuture("1 of 3 nodes"));
        assertThat(missing()).containsExactly("clusterView");
        sane.set(true);
        assertThat(missing()).isEmpty();
    }

    @Test
    void blocked_event_loop_fails_probes_and_shows_as_lag() throws Exception {
        Context loop = vertx.getOrCreateContext();
        probes.started(List.of(loop));
        CountDownLatch block = new CountDownLatch(1);
        try (LoopLag lag = new LoopLag(vertx, System::nanoTime)) {
            lag.watch(List.of(loop));
            CountDownLatch blocked = new CountDownLatch(1);
            loop.runOnContext(turn -> {
                blocked.countDown();
                awaitQuietly(block);
            });
            assertThat(blocked.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(missing()).containsExactly("loopsAnswer");
            // The loop has been blocked for the two seconds that the probe waits.
            assertThat(lag.seconds()).isGreaterThan(1);
            block.countDown();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> missing()
                    .isEmpty());
            assertThat(lag.seconds()).isGreaterThan(1);
        } finally {
            block.countDown();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(60, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
