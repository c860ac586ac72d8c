package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.OffsetClock;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sessions over time: absences, clients that misbehave, changes of the user's threads. */
class SignalingSessionsIT {
    private static final OffsetClock CLOCK = new OffsetClock();
    private static final int DETACHED_SECONDS = 600;

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with(CLOCK)
            .with("embedded.rateLimits", "off")
            .with("poll.digestMs", "1000")
            .with("signaling.sessionsPerUser", "3")
            .with("signaling.detachedSeconds", Integer.toString(DETACHED_SECONDS));

    /** Made before the clock moves: the development routes do not follow it. */
    private static final Queue<ServiceUser> USERS = new ConcurrentLinkedQueue<>();

    private final ServiceUser ann = USERS.remove();
    private final ServiceUser ben = USERS.remove();
    private final Queue<WireClient> clients = new ConcurrentLinkedQueue<>();
    private int pings = 100;

    @BeforeAll
    static void users() {
        for (int i = 0; i < 30; i++) {
            USERS.add(ServiceUser.create(GATEWAY));
        }
    }

    @AfterEach
    void close() {
        clients.forEach(WireClient::close);
    }

    private WireClient client(ServiceUser user, String id) {
        WireClient made = new WireClient(GATEWAY.endpoints().http(), id, user::token);
        clients.add(made);
        return made.ready();
    }

    /** Lets time pass for a client that goes on to ping. */
    private void pass(WireClient client, Duration time) {
        for (long left = time.toSeconds(); left > 0; left -= 50) {
            CLOCK.advance(Duration.ofSeconds(Math.min(50, left)));
            client.ping(++pings);
        }
    }

    /** Through the gateway, which polls the thread at once. */
    private void send(String thread, String text) {
        GatewayWrites.call(
                GATEWAY, ann, "POST", ServiceUser.thread(thread) + "/messages", new JsonObject().put("content", text));
    }

    /** An answer that was under way while the clock was moved gives a wrong offset, until the next one is used. */
    private void settle(String thread) {
        // Twice: a call that was under way when the clock jumped may end after the first.
        clockIsKnown(thread);
        clockIsKnown(thread);
    }

    private void clockIsKnown(String thread) {
        soon(() -> {
            CLOCK.advance(Duration.ofSeconds(11));
            GatewayWrites.call(GATEWAY, ann, "GET", ServiceUser.thread(thread), null);
            return GATEWAY.management("/metrics")
                    .lines()
                    .filter(line -> line.startsWith("chatgateway_upstream_clock_offset_seconds "))
                    .allMatch(line -> Math.abs(Double.parseDouble(line.split(" ")[1])) < 2);
        });
    }

    private void sendAndAwait(String thread, String text, WireClient... receivers) {
        send(thread, text);
        for (WireClient receiver : receivers) {
            receiver.until(client -> client.texts().contains(text));
        }
    }

    private static double metric(String name, String label) {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("chatgateway_" + name + "{") && line.contains("\"" + label + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static int subscribers(String threadId) {
        JsonArray threads = new JsonObject(GATEWAY.management("/state?threads=1000"))
                .getJsonObject("threads")
                .getJsonArray("value");
        return threads.stream()
                .map(JsonObject.class::cast)
                .filter(thread -> thread.getString("threadId").equals(threadId))
                .mapToInt(thread -> thread.getInteger("subscribers"))
                .sum();
    }

    private static void soon(java.util.concurrent.Callable<Boolean> condition) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(condition);
    }

    @Test
    void absent_client_continues_from_its_positions() {
        String thread = ann.createThread("t", ann, ben);
        WireClient client = client(ben, "absent");
        sendAndAwait(thread, "before", client);
        client.away();
        send(thread, "collected");
        CLOCK.advance(Duration.ofSeconds(65));
        soon(() -> subscribers(thread) == 0);
        send(thread, "first");
        send(thread, "second");
        client.back();
        sendAndAwait(thread, "after", client);
        assertThat(client.texts()).containsExactly("before", "collected", "first", "second", "after");
    }

    @Test
    void client_absent_for_too_long_begins_anew() {
        String thread = ann.createThread("t", ann, ben);
        WireClient client = client(ben, "forgotten");
        sendAndAwait(thread, "before", client);
        double before = metric("signaling_sessions_ended_total", "forgotten");
        client.away();
        send(thread, "missed");
        CLOCK.advance(Duration.ofSeconds(DETACHED_SECONDS + 10));
        soon(() -> metric("signaling_sessions_ended_total", "forgotten") > before);
        settle(thread);
        client.back();
        sendAndAwait(thread, "after", client);
        assertThat(client.texts()).containsExactly("before", "after");
    }

    @Test
    void client_that_never_acknowledges_is_cut_off() {
        String thread = ann.createThread("t", ann, ben);
        WireClient client = client(ben, "mute").acknowledge(false);
        sendAndAwait(thread, "one", client);
        sendAndAwait(thread, "two", client);
        pass(client, Duration.ofSeconds(50));
        client.acknowledge(true);
        CLOCK.advance(Duration.ofSeconds(15));
        client.until(c -> c.packets().contains("0::"));
        client.until(c -> c.texts().size() == 4);
        assertThat(client.texts()).containsExactly("one", "two", "one", "two");
        assertThat(metric("limits_hit_total", "signaling.unacknowledgedSeconds"))
                .isPositive();
        sendAndAwait(thread, "three", client);
        assertThat(client.texts()).hasSize(5);
    }

    @Test
    void id_of_another_users_client_gives_nothing() {
        ServiceUser eve = USERS.remove();
        String thread = ann.createThread("t", ann, ben);
        WireClient client = client(ben, "shared");
        WireClient other = client(eve, "shared");
        assertThat(other.register(eve.token())).isEqualTo(202);
        sendAndAwait(thread, "one", client);
        assertThat(other.unregister("shared")).isEqualTo(202);
        sendAndAwait(thread, "two", client);
        assertThat(client.connections()).isOne();
        assertThat(client.texts()).containsExactly("one", "two");
        assertThat(other.pushes()).isEmpty();
    }

    @Test
    void sessions_of_one_user_get_the_same() {
        String thread = ann.createThread("t", ann, ben);
        WireClient one = client(ann, "one");
        WireClient two = client(ann, "two");
        WireClient other = client(ben, "other");
        sendAndAwait(thread, "hello", one, two, other);
        // The service lists no typing indicators, so only those that the gateway passes on are known.
        GatewayWrites.call(GATEWAY, ann, "POST", ServiceUser.thread(thread) + "/typing", new JsonObject());
        other.until(c -> c.pushes().stream().anyMatch(push -> push.event() == 245));
        sendAndAwait(thread, "end", one, two, other);
        for (WireClient client : List.of(one, two)) {
            assertThat(client.texts()).containsExactly("hello", "end");
            assertThat(client.pushes()).noneMatch(push -> push.event() == 245);
            assertThat(client.pushes()).allMatch(push -> push.url().contains("/" + client.id() + "/"));
        }
    }

    @Test
    void member_added_again_gets_what_follows() {
        String thread = ann.createThread("t", ann, ben);
        WireClient client = client(ben, "member");
        sendAndAwait(thread, "before", client);
        ann.call("POST", ServiceUser.thread(thread) + "/participants/:remove", ben.identifier());
        client.until(c -> c.pushes().stream().anyMatch(push -> push.event() == 261));
        send(thread, "hidden");
        JsonObject again = ben.participant()
                .put("shareHistoryTime", CLOCK.instant().plusSeconds(1).toString());
        ann.call(
                "POST",
                ServiceUser.thread(thread) + "/participants/:add",
                new JsonObject().put("participants", new JsonArray().add(again)));
        client.until(c -> c.pushes().stream().anyMatch(push -> push.event() == 257));
        CLOCK.advance(Duration.ofSeconds(2));
        sendAndAwait(thread, "after", client);
        assertThat(client.texts()).containsExactly("before", "after");
    }

    @Test
    void thread_created_later_is_followed() {
        WireClient client = client(ben, "newcomer");
        String thread = ann.createThread("late", ann, ben);
        send(thread, "first");
        client.until(c -> c.texts().contains("first"));
        sendAndAwait(thread, "second", client);
        assertThat(client.pushes().stream().map(WireClient.Push::event)).containsExactly(257, 200, 200);
    }

    @Test
    void flood_of_allocations_is_refused() {
        String thread = ann.createThread("t", ann, ben);
        WireClient client = client(ben, "patient");
        ServiceUser eve = USERS.remove();
        WireClient flood = client(eve, "flood");
        int refused = 0;
        for (int i = 0; i < 40; i++) {
            refused += flood.allocate("flood-" + i) == 503 ? 1 : 0;
        }
        assertThat(refused).isPositive();
        assertThat(metric("limits_hit_total", "signaling.grants")).isPositive();
        sendAndAwait(thread, "undisturbed", client);
        assertThat(client(ben, "another").connections()).isOne();
        CLOCK.advance(Duration.ofSeconds(121));
        assertThat(flood.allocate("later")).isEqualTo(200);
    }

    @Test
    void state_shows_sessions() {
        String thread = ann.createThread("t", ann, ben);
        WireClient client = client(ben, "shown").acknowledge(false);
        sendAndAwait(thread, "unanswered", client);
        JsonObject session = session(ben);
        assertThat(session.getString("kind")).isEqualTo("signaling");
        assertThat(session.getString("transport")).isEqualTo("websocket");
        assertThat(session.getString("clientVersion")).isEqualTo("AcsWeb 1.6.0 2024.14.01.55");
        assertThat(session.getInteger("threads")).isOne();
        assertThat(session.getInteger("unacknowledged"))
                .isEqualTo(client.pushes().size());
        assertThat(session.getString("detachedOn")).isNull();
        client.away();
        soon(() -> session(ben).getString("detachedOn") != null);
        assertThat(session(ben).getString("transport")).isNull();
        assertThat(GATEWAY.management("/state?sessions=1001")).contains("sessions: (expected: 0 to 1000)");
        assertThat(GATEWAY.management("/state?sessions=1000")).doesNotContain(ben.token(), "unanswered");
    }

    /** The session of a user by pages of one. */
    private static JsonObject session(ServiceUser user) {
        String after = "";
        while (after != null) {
            JsonObject page = new JsonObject(GATEWAY.management("/state?sessions=1&sessionsAfter=" + after))
                    .getJsonObject("sessions");
            JsonObject entry = page.getJsonArray("value").getJsonObject(0);
            if (entry.getString("userId").equals(user.id())) {
                return entry;
            }
            after = page.getString("next");
        }
        throw new AssertionError("no session of " + user.id());
    }
}
