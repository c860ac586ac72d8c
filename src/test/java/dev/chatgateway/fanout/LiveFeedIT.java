package dev.chatgateway.fanout;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.GatewayConfig.Embedded.Faults;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.PollVerticle;
import dev.chatgateway.poll.source.UpstreamSource;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.protocol.CommunicationIdentifiers;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.EmbeddedFixture;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.ThreadReader;
import dev.chatgateway.upstream.client.WebChatService;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded service with HTTPS and rate limits, the poller, the event bus and the subscribers together. */
class LiveFeedIT {
    private static final GatewayConfig.Poll CONFIG = new GatewayConfig.Poll(
            400, 1_000, 1_000, 60, 300, 60, 5_000, 3, 300, 2_000, 5_000, 10, 32, 540, 512, 300, 10_000, 60, 0);

    @TempDir
    private Path directory;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private EmbeddedFixture embedded;
    private WebChatService service;
    private PollVerticle poll;
    private Hub hub;
    private UserToken alice;
    private UserToken bob;
    private String thread;

    @BeforeEach
    void start() throws Exception {
        embedded = new EmbeddedFixture(vertx, directory, true);
        service = embedded.service(10_000);
        deploy();
        alice = embedded.user();
        bob = embedded.user();
        JsonObject body = new JsonObject()
                .put("topic", "Tea")
                .put("participants", new JsonArray().add(participant(bob, Instant.EPOCH)));
        thread = get(service.call(ChatCall.of(ChatOperation.CREATE_THREAD, alice, null, Priority.SEND)
                        .body(body)
                        .repeatable("r")))
                .body()
                .getJsonObject("chatThread")
                .getString("id");
    }

    private void deploy() {
        GatewayMetrics metrics = new GatewayMetrics(embedded.registry);
        poll = new PollVerticle(
                () -> CONFIG,
                new UpstreamSource(new ThreadReader(service, Clock.systemUTC(), metrics)),
                metrics,
                Clock.systemUTC(),
                (scheduler, meters, context) -> Replication.NONE,
                Tracing.OFF.tracer());
        get(vertx.deployVerticle(poll));
        hub = onLoop(() -> new Hub(
                vertx, poll.feed(), this::newest, new CursorCodec(new byte[32], null), metrics, Clock.systemUTC()));
        get(onLoop(hub::start));
    }

    @AfterEach
    void stop() {
        get(onLoop(hub::close));
        service.close();
        embedded.close();
        get(vertx.close());
    }

    @Test
    void writes_through_and_beside_the_gateway_reach_everyone() {
        HubFixture.Socket a = subscribe(alice, 20);
        HubFixture.Socket b = subscribe(bob, 0);
        assertThat(a.frames.get(0).getJsonObject("result").getJsonArray("messages"))
                .hasSize(2);
        String id = send(alice, "past the gateway");
        arrives(a, "chatMessageReceived", id);
        arrives(b, "chatMessageReceived", id);

        String poked = send(bob, "through the gateway");
        poll.feed().poke(new Poke(thread, poked, 0, false, Set.of(EventGroup.MESSAGES)));
        arrives(a, "chatMessageReceived", poked);

        call(ChatOperation.UPDATE_MESSAGE, alice, id, new JsonObject().put("content", "changed"));
        poll.feed().poke(new Poke(thread, id, 0, false, Set.of(EventGroup.EDITS)));
        arrives(b, "chatMessageEdited", id);
        call(ChatOperation.DELETE_MESSAGE, bob, poked, null);
        arrives(a, "chatMessageDeleted", poked);

        call(ChatOperation.SEND_READ_RECEIPT, bob, null, new JsonObject().put("chatMessageId", id));
        arrives(a, "readReceiptReceived", null);
        call(ChatOperation.UPDATE_THREAD, alice, null, new JsonObject().put("topic", "Coffee"));
        arrives(b, "chatThreadPropertiesUpdated", null);
        poll.feed().typing(thread, bob.userId(), "Bob", Instant.now());
        arrives(a, "typingIndicatorReceived", null);

        assertThat(a.methods().stream().filter(m -> m.startsWith("chatMessage")))
                .hasSize(4);
        assertThat(a.seqs()).doesNotHaveDuplicates().isSorted();
        assertThat(a.methods()).doesNotContain("resync", "unsubscribed");
    }

    @Test
    void fifty_subscribers_share_one_poller() {
        for (int i = 0; i < 50; i++) {
            subscribe(i % 2 == 0 ? alice : bob, 0);
        }
        double before = listings();
        HubFixture.Socket last = subscribe(bob, 0);
        for (int i = 0; i < 5; i++) {
            arrives(last, "chatMessageReceived", send(alice, "m" + i));
        }
        assertThat(listings() - before).isLessThan(60);
    }

    @Test
    void removed_participant_and_late_joiner_see_their_part() {
        UserToken carol = embedded.user();
        HubFixture.Socket b = subscribe(bob, 0);
        HubFixture.Socket a = subscribe(alice, 0);
        arrives(b, "chatMessageReceived", send(alice, "before"));
        call(ChatOperation.REMOVE_PARTICIPANT, alice, null, CommunicationIdentifiers.model(bob.userId()));
        String secret = send(alice, "after the removal");
        arrives(a, "chatMessageReceived", secret);
        arrives(b, "unsubscribed", null);
        assertThat(b.frames.toString()).doesNotContain(secret);

        Instant floor = Instant.now();
        call(
                ChatOperation.ADD_PARTICIPANTS,
                alice,
                null,
                new JsonObject().put("participants", new JsonArray().add(participant(carol, floor))));
        HubFixture.Socket c = subscribe(carol, 20);
        assertThat(c.frames.get(0).toString()).doesNotContain(secret);
        call(ChatOperation.UPDATE_MESSAGE, alice, secret, new JsonObject().put("content", "still secret"));
        arrives(a, "chatMessageEdited", secret);
        arrives(c, "chatMessageReceived", send(alice, "welcome"));
        assertThat(c.frames.toString()).doesNotContain(secret);

        call(ChatOperation.DELETE_THREAD, alice, null, null);
        poll.feed().poke(new Poke(thread, "", 0, true, Set.of(EventGroup.PROPERTIES)));
        arrives(c, "chatThreadDeleted", null);
        arrives(a, "unsubscribed", null);
    }

    @Test
    void cursor_works_on_the_same_node_and_after_a_restart() {
        HubFixture.Socket first = subscribe(alice, 0);
        String seen = send(bob, "seen");
        arrives(first, "chatMessageReceived", seen);
        String cursor = first.params(first.frames.size() - 1).getString("cursor");
        onLoop(() -> {
            hub.drop(first);
            return null;
        });
        String missed = send(bob, "missed");
        HubFixture.Socket second = subscribe(alice, 0, cursor);
        arrives(second, "chatMessageReceived", missed);
        assertThat(second.frames.get(0).getJsonObject("result").getString("recovered"))
                .isEqualTo("complete");
        assertThat(second.frames.toString()).doesNotContain(seen);

        get(vertx.undeploy(poll.deploymentID()));
        get(onLoop(hub::close));
        call(ChatOperation.UPDATE_MESSAGE, bob, seen, new JsonObject().put("content", "changed"));
        deploy();
        HubFixture.Socket third = subscribe(alice, 0, cursor);
        arrives(third, "chatMessageEdited", seen);
        assertThat(third.methods()).containsExactly("answer", "chatMessageReceived", "chatMessageEdited");
        assertThat(third.frames.get(0).getJsonObject("result").getString("recovered"))
                .isEqualTo("complete");
    }

    @Test
    void service_faults_lose_and_repeat_no_event() {
        HubFixture.Socket a = subscribe(alice, 0);
        embedded.faults(
                20,
                new Faults.Rule("listMessages", "status", 500, 0.3),
                new Faults.Rule("listMessages", "drop", null, 0.2));
        List<String> ids = new java.util.ArrayList<>();
        for (int i = 0; i < 8; i++) {
            ids.add(send(bob, "m" + i));
        }
        embedded.faults(0);
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(a.frames.stream()
                        .filter(f -> "chatMessageReceived".equals(f.getString("method")))
                        .map(f -> f.getJsonObject("params").getString("id")))
                .containsExactlyElementsOf(ids));
    }

    private io.vertx.core.Future<Snapshots.Newest> newest(UserToken token, String threadId, int limit) {
        return service.call(ChatCall.of(ChatOperation.LIST_MESSAGES, token, threadId, Priority.HISTORY)
                        .query(Map.of("maxPageSize", Integer.toString(limit))))
                .map(reply -> Snapshots.Newest.all(reply.body().getJsonArray("value")));
    }

    private HubFixture.Socket subscribe(UserToken token, int limit) {
        return subscribe(token, limit, null);
    }

    private HubFixture.Socket subscribe(UserToken token, int limit, @Nullable String cursor) {
        HubFixture.Socket socket =
                new HubFixture.Socket(java.util.UUID.randomUUID().toString());
        onLoop(() -> {
            hub.subscribe(
                    new SubscribeRequest(thread, token, EventGroup.all(), cursor, limit),
                    socket,
                    (r, e) -> socket.frames.add(
                            e == null
                                    ? new JsonObject().put("result", r)
                                    : new JsonObject().put("error", e.getMessage())));
            return null;
        });
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !socket.frames.isEmpty());
        assertThat(socket.frames.get(0).fieldNames()).containsExactly("result");
        return socket;
    }

    private static void arrives(HubFixture.Socket socket, String method, @Nullable String messageId) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> socket.frames.stream()
                .filter(f -> method.equals(f.getString("method")))
                .anyMatch(f -> messageId == null
                        || messageId.equals(f.getJsonObject("params").getString("id"))));
    }

    private double listings() {
        return embedded
                .registry
                .find("chatgateway.upstream.requests")
                .tag("operation", "listMessages")
                .timers()
                .stream()
                .mapToDouble(t -> t.count())
                .sum();
    }

    private String send(UserToken token, String text) {
        return call(ChatOperation.SEND_MESSAGE, token, null, new JsonObject().put("content", text))
                .getString("id");
    }

    private JsonObject call(
            ChatOperation operation, UserToken token, @Nullable String message, @Nullable JsonObject body) {
        ChatCall call = ChatCall.of(operation, token, thread, Priority.SEND);
        call = message == null ? call : call.message(message);
        return get(service.call(body == null ? call : call.body(body))).body();
    }

    private static JsonObject participant(UserToken user, Instant since) {
        return new JsonObject()
                .put("communicationIdentifier", CommunicationIdentifiers.model(user.userId()))
                .put("shareHistoryTime", since.toString());
    }

    private <T> T onLoop(Callable<T> action) {
        Promise<T> promise = Promise.promise();
        loop.runOnContext(v -> {
            try {
                promise.complete(action.call());
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return get(promise.future());
    }
}
