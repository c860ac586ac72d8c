package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Nothing is lost, and nothing comes twice but what nobody can know: clients over a proxy that cuts at any byte and refuses
 * requests, while messages are sent, edited and deleted. Longer with {@code -Dsignaling.oracle.seconds}.
 */
class SignalingOracleIT {
    private static final Logger LOG = LoggerFactory.getLogger(SignalingOracleIT.class);
    private static final int THREADS = 20;
    private static final int CUTS = 100;
    private static final int SECONDS = Integer.getInteger("signaling.oracle.seconds", 8);
    private static final long APART_MS = 200;
    /** A state that is replaced within this time may never be seen. */
    private static final long SETTLED_MS = 3_000;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    private final Random random = new Random(7);
    private final List<String> threads = new ArrayList<>();
    private final List<Sent> sent = new ArrayList<>();
    private final Set<State> written = new HashSet<>();

    /** A state of a message, as a client sees it: sent, edited, or deleted. */
    private record State(String messageId, int event, String text) {}

    /** A message that can still be changed. */
    private record Sent(String threadId, String messageId, long sentMs) {}

    /** An acknowledgement on its way. */
    private record Acknowledgement(WireClient.Push push, CuttingProxy.Passage passage, long end) {
        boolean passedOn() {
            return passage.passedUp() >= end;
        }
    }

    /** One client and what it has acknowledged. */
    private static final class Watched implements AutoCloseable {
        private final Queue<Acknowledgement> acknowledgements = new ConcurrentLinkedQueue<>();
        private final WireClient client;

        Watched(CuttingProxy proxy, ServiceUser user, String id) {
            client = new WireClient(
                    proxy.uri(),
                    id,
                    user::token,
                    (push, port, end) -> acknowledgements.add(new Acknowledgement(push, proxy.of(port), end)));
        }

        @Override
        public void close() {
            client.close();
        }
    }

    @Test
    void every_state_arrives_once_in_order_despite_cuts() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        for (int i = 0; i < THREADS; i++) {
            threads.add(ann.createThread("t" + i, ann, ben));
        }
        URI gateway = GATEWAY.endpoints().http();
        try (CuttingProxy proxy = new CuttingProxy(gateway, 42);
                Watched first = new Watched(proxy, ben, "ben-1");
                Watched second = new Watched(proxy, ben, "ben-2");
                Watched third = new Watched(proxy, ann, "ann-1")) {
            List<Watched> all = List.of(first, second, third);
            third.client.pollInTurn();
            for (Watched watched : all) {
                watched.client.ready();
            }
            // A state that is replaced before a session has subscribed to its thread is not seen; these are not
            // replaced.
            for (String thread : threads) {
                send(ann, thread);
            }
            for (Watched watched : all) {
                arrived(watched.client);
            }
            sent.clear();
            long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            long limitNanos = endNanos + TimeUnit.SECONDS.toNanos(30);
            while (System.nanoTime() < endNanos || (proxy.cuts() < CUTS && System.nanoTime() < limitNanos)) {
                change(ann);
                TimeUnit.MILLISECONDS.sleep(APART_MS);
            }
            proxy.calmDown();
            for (Watched watched : all) {
                arrived(watched.client);
                check(watched);
            }
            assertThat(proxy.cuts()).isGreaterThanOrEqualTo(CUTS);
            assertThat(proxy.refusals()).isGreaterThan(5);
            assertThat(third.client.polled()).isPositive();
            LOG.info("{} states, {} cuts, {} refusals", written.size(), proxy.cuts(), proxy.refusals());
        }
    }

    /** Waits until the client has every state. */
    private void arrived(WireClient client) {
        Awaitility.await(client.id()).atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            Set<State> missing = new HashSet<>(written);
            missing.removeAll(states(client));
            assertThat(missing)
                    .as("lost; last packets: %s", client.lastPackets())
                    .isEmpty();
        });
    }

    /** Sends a message, or changes one that all must have seen. */
    private void change(ServiceUser user) throws Exception {
        long nowMs = System.currentTimeMillis();
        int old = random.nextInt(4);
        if (old < 2 && !sent.isEmpty() && nowMs - sent.get(0).sentMs() > SETTLED_MS) {
            Sent message = sent.remove(0);
            String path = ServiceUser.thread(message.threadId()) + "/messages/" + message.messageId();
            if (old == 0) {
                GatewayWrites.call(GATEWAY, user, "PATCH", path, new JsonObject().put("content", "edited"));
                written.add(new State(message.messageId(), 247, "edited"));
            } else {
                GatewayWrites.call(GATEWAY, user, "DELETE", path, null);
                written.add(new State(message.messageId(), 248, ""));
            }
            return;
        }
        send(user, threads.get(random.nextInt(THREADS)));
    }

    private void send(ServiceUser user, String thread) throws Exception {
        String text = "text " + written.size();
        String id = GatewayWrites.call(
                        GATEWAY,
                        user,
                        "POST",
                        ServiceUser.thread(thread) + "/messages",
                        new JsonObject().put("content", text))
                .getString("id");
        written.add(new State(id, 200, text));
        sent.add(new Sent(thread, id, System.currentTimeMillis()));
    }

    private static Set<State> states(WireClient client) {
        Set<State> states = new HashSet<>();
        client.pushes().stream().filter(push -> push.event() != 257).forEach(push -> states.add(state(push)));
        return states;
    }

    private static State state(WireClient.Push push) {
        return new State(push.body().getString("messageId", push.thread()), push.event(), push.text());
    }

    /** Each state once, in order of versions; a push that comes again is judged by its acknowledgements. */
    private static void check(Watched watched) {
        WireClient client = watched.client;
        assertThat(client.status(401)).isZero();
        Map<String, Long> versions = new HashMap<>();
        Set<State> states = new HashSet<>();
        int repeated = 0;
        Set<Long> seen = new HashSet<>();
        for (WireClient.Push push : client.pushes()) {
            if (!seen.add(push.id())) {
                repeated++;
                continue;
            }
            assertThat(states.add(state(push))).as("state twice: %s", push).isTrue();
            long version = Long.parseLong(push.body().getString("version"));
            Long before = versions.put(push.thread(), version);
            assertThat(before == null || before < version)
                    .as("out of order: %s", push)
                    .isTrue();
        }
        checkRepeats(watched);
        LOG.info(
                "{}: {} pushes, {} of them repeated, {} connections ({} polling)",
                client.id(),
                client.pushes().size(),
                repeated,
                client.connections(),
                client.polled());
    }

    /** A push comes again only if its acknowledgement was cut off, and few of them come again at once. */
    private static void checkRepeats(Watched watched) {
        Map<Long, Acknowledgement> last = new HashMap<>();
        Map<Integer, Integer> unacknowledged = new HashMap<>();
        Map<Integer, Integer> acknowledged = new HashMap<>();
        for (Acknowledgement acknowledgement : watched.acknowledgements) {
            long id = acknowledgement.push().id();
            Acknowledgement before = last.put(id, acknowledgement);
            assertThat(before == null || !before.passedOn())
                    .as("twice though acknowledged: %s, the first time %s", acknowledgement.push(), before)
                    .isTrue();
            (acknowledgement.passedOn() ? acknowledged : unacknowledged)
                    .merge(acknowledgement.push().connection(), 1, Integer::sum);
        }
        unacknowledged.forEach((connection, count) -> assertThat(count)
                .as("connection %s", connection)
                .isLessThanOrEqualTo(4 + acknowledged.getOrDefault(connection, 0)));
    }
}
