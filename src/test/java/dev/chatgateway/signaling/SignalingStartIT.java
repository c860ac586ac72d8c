package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.OffsetClock;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The first subscriptions of sessions of the live channel: what they bring, and which calls they cost. */
class SignalingStartIT {
    private static final int THREADS = 30;
    private static final int SESSIONS = 20;
    private static final Pattern CALLS = Pattern.compile(
            "chatgateway_upstream_requests_seconds_count\\{operation=\"(\\w+)\",status=\"\\w+\"[^}]*} ([\\d.E]+)");

    private static final OffsetClock CLOCK = new OffsetClock();

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with(CLOCK)
            .with("embedded.rateLimits", "off")
            .with("poll.hotSeconds", "6")
            .with("poll.warmSeconds", "1")
            .with("signaling.sessionsPerUser", "40");

    @Test
    void changes_right_after_the_connection_arrive() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        ServiceUser cem = ServiceUser.create(GATEWAY);
        String thread = ann.createThread("Tea", ann, ben);
        ann.send(thread, "before the connection");
        // A session begins one second before its connection, and a thread's creation is known to a second.
        CLOCK.advance(Duration.ofSeconds(3));
        LiveChannelClient.Connection client = connect(ben, "existing");
        change(ann, thread, cem);
        assertChangesArrive(client, thread, cem);
        assertThat(client.pushes("before the connection")).isEmpty();
        assertThat(client.pushes("chatThreadCreated")).isEmpty();
    }

    @Test
    void thread_created_right_after_the_connection_arrives_with_its_changes() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        ServiceUser cem = ServiceUser.create(GATEWAY);
        LiveChannelClient.Connection client = connect(ben, "new");
        String thread = ann.createThread("Tea", ann, ben);
        change(ann, thread, cem);
        client.await("chatThreadCreated");
        assertChangesArrive(client, thread, cem);
    }

    private static void change(ServiceUser ann, String thread, ServiceUser cem) {
        String path = ServiceUser.thread(thread);
        ann.call("PATCH", path, new JsonObject().put("topic", "Coffee"));
        ann.call(
                "POST",
                path + "/participants/:add",
                new JsonObject().put("participants", new JsonArray().add(cem.participant())));
        String sent = ann.send(thread, "right after the connection");
        cem.call("POST", path + "/readReceipts", new JsonObject().put("chatMessageId", sent));
    }

    private static void assertChangesArrive(LiveChannelClient.Connection client, String thread, ServiceUser cem) {
        client.await("right after the connection");
        client.await("readReceiptReceived");
        client.await("chatThreadPropertiesUpdated");
        client.await("participantsAdded");
        assertThat(client.pushes("chatThreadPropertiesUpdated"))
                .singleElement()
                .satisfies(push -> assertThat(push.encode()).contains("Coffee"));
        assertThat(client.pushes("participantsAdded")).singleElement().satisfies(push -> assertThat(push.encode())
                .contains(cem.id()));
        assertThat(client.pushes("right after the connection")).hasSize(1);
        assertThat(client.packets()).anyMatch(packet -> packet.contains(thread));
    }

    @Test
    void sessions_at_quiet_threads_cost_no_calls_about_them() throws Exception {
        ServiceUser ann = ServiceUser.create(GATEWAY);
        ServiceUser ben = ServiceUser.create(GATEWAY);
        List<String> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(ann.createThread("t" + i, ann, ben));
        }
        List<LiveChannelClient.Connection> clients = new ArrayList<>();
        clients.add(connect(ben, "first"));
        clients.add(connect(ann, "other"));
        Map<String, Long> before = awaitQuiet();
        long subscribed = subscriptions();
        for (int i = 1; i < SESSIONS; i++) {
            clients.add(connect(i % 2 == 0 ? ann : ben, "session" + i));
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> subscriptions() == subscribed + (SESSIONS - 1) * THREADS);
        assertThat(aboutThreads(calls())).isEqualTo(aboutThreads(before));
        ann.send(threads.get(7), "for all of them");
        for (LiveChannelClient.Connection client : clients) {
            client.await("for all of them");
        }
    }

    private static LiveChannelClient.Connection connect(ServiceUser user, String id) throws Exception {
        return new LiveChannelClient(user, id).connect(GATEWAY.endpoints().http());
    }

    /** Waits until the threads are left to the thread lists; returns the calls until then. */
    private static Map<String, Long> awaitQuiet() throws InterruptedException {
        Map<String, Long> before = Map.of();
        for (int i = 0; i < 30; i++) {
            Map<String, Long> now = aboutThreads(calls());
            if (now.equals(before)) {
                return calls();
            }
            before = now;
            Thread.sleep(6_000);
        }
        throw new AssertionError("the threads are polled for ever: " + before);
    }

    /** Without the lists of threads and the proofs of tokens, which are such lists too. */
    private static Map<String, Long> aboutThreads(Map<String, Long> calls) {
        Map<String, Long> about = new TreeMap<>(calls);
        about.remove("listThreads");
        return about;
    }

    /** Of all clients, to threads. */
    private static long subscriptions() {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("chatgateway_subscriptions "))
                .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
                .sum();
    }

    /** Calls of the service by operation. */
    private static Map<String, Long> calls() {
        Map<String, Long> calls = new TreeMap<>();
        Matcher matcher = CALLS.matcher(GATEWAY.management("/metrics"));
        while (matcher.find()) {
            calls.merge(matcher.group(1), (long) Double.parseDouble(matcher.group(2)), Long::sum);
        }
        return calls;
    }
}
