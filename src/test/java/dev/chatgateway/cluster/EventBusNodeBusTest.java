package dev.chatgateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes on one event bus, each with members that the test names. */
class EventBusNodeBusTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** One node's bus, and the calls of its listener. */
    private final class End implements NodeBus.Listener {
        private final Set<String> members = new CopyOnWriteArraySet<>();
        private final List<String> told = new CopyOnWriteArrayList<>();
        private final EventBusNodeBus bus;

        private End(String name, String... known) {
            members.addAll(List.of(known));
            bus = new EventBusNodeBus(vertx, name, () -> members, GatewayMetrics.unread());
            bus.open(this);
        }

        @Override
        public void message(String from, NodeMessage message) {
            told.add("message of " + from);
        }

        @Override
        public void gap(String from) {}

        @Override
        public void joined(String node) {
            told.add("joined " + node);
        }

        @Override
        public void lost(String node) {
            told.add("lost " + node);
        }

        @Override
        public void silent(String node) {}

        @Override
        public void heard(String node) {}

        @Override
        public void stalled() {}

        @Override
        public void tick() {
            told.add("tick");
        }
    }

    /** Its first message once made it known without a call of the listener, so that leases were not checked soon. */
    @Test
    void node_heard_before_hazelcast_names_it_still_joins() {
        End a = new End("a", "a");
        End b = new End("b", "a", "b");
        await().atMost(20, TimeUnit.SECONDS).until(() -> b.told.contains("joined a"));
        b.bus.send("a", new NodeMessage.Withdrawal("t"));
        await().atMost(20, TimeUnit.SECONDS).until(() -> a.told.contains("message of b"));
        assertThat(a.told).doesNotContain("joined b");
        a.members.add("b");
        await().atMost(20, TimeUnit.SECONDS).until(() -> a.told.contains("joined b"));
    }

    @Test
    void message_to_a_node_that_left_makes_no_peer() {
        End a = new End("a", "a", "b");
        await().atMost(20, TimeUnit.SECONDS).until(() -> a.told.contains("joined b"));
        a.members.remove("b");
        await().atMost(20, TimeUnit.SECONDS).until(() -> a.told.contains("lost b"));
        a.bus.send("b", new NodeMessage.Withdrawal("t"));
        assertThat(a.bus.speaks("b")).isFalse();
        int ticks = a.told.size();
        await().atMost(20, TimeUnit.SECONDS).until(() -> a.told.size() > ticks + 1);
        assertThat(a.told.stream().filter("lost b"::equals)).hasSize(1);
    }
}
