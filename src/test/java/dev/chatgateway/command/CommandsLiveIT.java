package dev.chatgateway.command;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.upstream.EmbeddedFixture;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.client.WebChatService;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every method against the embedded service over TLS, with its rate limits on. */
class CommandsLiveIT {
    /** A well-formed id of another resource. */
    private static final String NOBODY =
            "8:acs:11111111-2222-3333-4444-555555555555_00000000-0000-0000-0000-000000000000";

    private static final Vertx VERTX = Vertx.vertx();

    @TempDir
    static Path directory;

    private static EmbeddedFixture embedded;
    private static WebChatService service;

    private final RecordingFeed feed = new RecordingFeed();
    private final Commands commands = new Commands(
            VERTX,
            service,
            feed,
            new GatewayMetrics(embedded.registry),
            Timers.of(VERTX),
            Clock.systemUTC(),
            new CommandLimits(28_672, 1_000));
    private final UserToken alice = embedded.user();
    private final UserToken bob = embedded.user();
    private final String thread = run(
                    alice,
                    "createChatThread",
                    new JsonObject()
                            .put("topic", "Tea")
                            .put("metadata", new JsonObject().put("a", "b"))
                            .put("participants", new JsonArray().add(participant(bob))))
            .getJsonObject("chatThread")
            .getString("id");

    @BeforeAll
    static void start() throws Exception {
        embedded = new EmbeddedFixture(VERTX, directory, true);
        service = embedded.service(20_000);
    }

    @AfterAll
    static void stop() {
        service.close();
        embedded.close();
        get(VERTX.close());
    }

    @Test
    void threads() {
        JsonObject page = run(bob, "listChatThreads", new JsonObject().put("maxPageSize", 10));
        assertThat(page.getJsonArray("value").getJsonObject(0).getString("id")).isEqualTo(thread);

        JsonObject policy = new JsonObject().put("kind", "threadCreationDate").put("deleteThreadAfterDays", 40);
        assertThat(run(bob, "updateProperties", in().put("topic", "Coffee").put("retentionPolicy", policy)))
                .isEmpty();
        JsonObject properties = run(alice, "getProperties", in()).getJsonObject("chatThread");
        assertThat(properties.getString("topic")).isEqualTo("Coffee");
        assertThat(properties.getJsonObject("metadata")).isEqualTo(new JsonObject().put("a", "b"));
        assertThat(properties.getJsonObject("retentionPolicy")).isEqualTo(policy);

        assertThat(run(alice, "deleteChatThread", in())).isEmpty();
        assertThat(feed.pokes)
                .containsExactly(
                        new Poke(thread, "", 0, false, Set.of(EventGroup.PROPERTIES)),
                        new Poke(thread, "", 0, true, Set.of(EventGroup.PROPERTIES)));
    }

    @Test
    void messages() {
        JsonObject message = in().put("content", "<b>hi</b>")
                .put("type", "html")
                .put("senderDisplayName", "Al")
                .put("metadata", new JsonObject().put("k", "v"));
        String id = run(alice, "sendMessage", message).getString("id");
        JsonObject read = run(bob, "getMessage", in().put("messageId", id)).getJsonObject("message");
        assertThat(read.getJsonObject("content").getString("message")).isEqualTo("<b>hi</b>");
        assertThat(read.getString("type")).isEqualTo("html");
        assertThat(read.getString("senderDisplayName")).isEqualTo("Al");
        assertThat(read.getJsonObject("metadata")).isEqualTo(new JsonObject().put("k", "v"));

        assertThat(run(alice, "updateMessage", in().put("messageId", id).put("content", "ho")))
                .isEmpty();
        JsonObject first = run(bob, "listMessages", in().put("maxPageSize", 1));
        JsonObject edited = first.getJsonArray("value").getJsonObject(0);
        assertThat(edited.getJsonObject("content").getString("message")).isEqualTo("ho");
        assertThat(edited.getString("editedOn")).isNotEmpty();
        JsonObject second =
                run(bob, "listMessages", in().put("continuationToken", first.getString("continuationToken")));
        assertThat(second.getJsonArray("value").getJsonObject(0).getString("type"))
                .isEqualTo("topicUpdated");

        assertThat(run(alice, "deleteMessage", in().put("messageId", id))).isEmpty();
        assertThat(feed.pokes)
                .containsExactly(
                        new Poke(thread, id, 0, false, Set.of(EventGroup.MESSAGES)),
                        new Poke(thread, id, 0, false, Set.of(EventGroup.EDITS)),
                        new Poke(thread, id, 0, false, Set.of(EventGroup.EDITS)));
        RpcError foreign = fail(embedded.user(), "listMessages", in());
        assertThat(foreign.code()).isEqualTo(403);
        assertThat(foreign.toJson().getJsonObject("data").getString("code")).isEqualTo("Forbidden");
    }

    @Test
    void participants() {
        UserToken carol = embedded.user();
        JsonObject stranger = new JsonObject()
                .put("communicationIdentifier", new JsonObject().put("rawId", NOBODY))
                .put("displayName", "N");
        JsonObject added = run(
                alice,
                "addParticipants",
                in().put(
                                "participants",
                                new JsonArray()
                                        .add(participant(carol).put("shareHistoryTime", "2026-01-01T00:00:00Z"))
                                        .add(stranger)));
        assertThat(added.getJsonArray("invalidParticipants")).hasSize(1);
        assertThat(added.getJsonArray("invalidParticipants").getJsonObject(0).getString("target"))
                .isEqualTo(NOBODY);

        JsonArray members =
                run(bob, "listParticipants", in().put("maxPageSize", 2)).getJsonArray("value");
        assertThat(members).hasSize(2);
        JsonArray rest = run(bob, "listParticipants", in().put("skip", 2)).getJsonArray("value");
        assertThat(rest).hasSize(1);
        JsonObject last = rest.getJsonObject(0).getJsonObject("communicationIdentifier");
        assertThat(run(alice, "removeParticipant", in().put("communicationIdentifier", last)))
                .isEmpty();
        assertThat(run(bob, "listParticipants", in()).getJsonArray("value")).hasSize(2);
        assertThat(feed.pokes)
                .hasSize(2)
                .allMatch(poke -> poke.equals(new Poke(thread, "", 0, false, Set.of(EventGroup.PARTICIPANTS))));
    }

    @Test
    void receipts_and_typing_reach_service_and_feed() {
        String id = run(alice, "sendMessage", in().put("content", "x")).getString("id");
        assertThat(run(bob, "sendReadReceipt", in().put("chatMessageId", id))).isEmpty();
        JsonArray receipts = run(alice, "listReadReceipts", in()).getJsonArray("value");
        assertThat(receipts.stream().map(r -> ((JsonObject) r)))
                .anyMatch(r -> r.getString("chatMessageId").equals(id)
                        && r.getJsonObject("senderCommunicationIdentifier")
                                .getString("rawId")
                                .equals(bob.userId()));
        assertThat(run(bob, "sendTypingNotification", in().put("senderDisplayName", "Bob")))
                .isEmpty();
        assertThat(run(bob, "sendTypingNotification", in())).isEmpty();
        assertThat(feed.typing)
                .isEqualTo(List.of(thread + " " + bob.userId() + " Bob", thread + " " + bob.userId() + " "));
        assertThat(feed.pokes).contains(new Poke(thread, "", 0, false, Set.of(EventGroup.RECEIPTS)));
    }

    @Test
    void sends_above_the_window_are_refused_by_the_rate_limiter() {
        for (int i = 0; i < 10; i++) {
            run(alice, "sendMessage", in().put("content", "x" + i));
        }
        RpcError refused = fail(bob, "sendMessage", in().put("content", "one more"));
        assertThat(refused.code()).isEqualTo(429);
        assertThat(refused).hasMessageContaining("writeMessages: 10 calls in 10 s, 30 calls in 60 s per thread");
        assertThat(refused.toJson().getJsonObject("data").getLong("retryAfterMs"))
                .isBetween(1L, 10_200L);
        assertThat(embedded.registry
                        .find("chatgateway.upstream.requests")
                        .tag("status", "429")
                        .timers())
                .isEmpty();
    }

    private JsonObject in() {
        return new JsonObject().put("threadId", thread);
    }

    private JsonObject run(UserToken user, String method, JsonObject params) {
        return get(commands.execute(method, new Params(params), () -> user));
    }

    private RpcError fail(UserToken user, String method, JsonObject params) {
        return catchThrowableOfType(RpcError.class, () -> run(user, method, params));
    }

    private static JsonObject participant(UserToken user) {
        return new JsonObject()
                .put(
                        "communicationIdentifier",
                        new JsonObject().put("communicationUser", new JsonObject().put("id", user.userId())));
    }
}
