package dev.chatgateway.command;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chatgateway.config.GatewayConfig.Embedded.Faults;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.upstream.EmbeddedFixture;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.client.WebChatService;
import dev.chatgateway.upstream.quota.RateWindows;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Repeated sends against the embedded service, with its fault that loses responses of executed writes. */
class SendCommandIT {
    private static final Vertx VERTX = Vertx.vertx();
    private static final int SETTLE_MS = 1_500;

    @TempDir
    static Path directory;

    private static EmbeddedFixture embedded;
    private static WebChatService service;

    private final RecordingFeed feed = new RecordingFeed();
    private final Commands commands = node();
    private final UserToken alice = embedded.user();
    private final UserToken bob = embedded.user();
    private final String thread = thread();

    @BeforeAll
    static void start() throws Exception {
        embedded = new EmbeddedFixture(VERTX, directory, false);
        service = embedded.service(20_000, RateWindows.none(), List.of(directory.resolve("tls/ca.pem")));
    }

    @AfterEach
    void noFaults() {
        embedded.faults(0);
    }

    @AfterAll
    static void stop() {
        service.close();
        embedded.close();
        get(VERTX.close());
    }

    @Test
    void repeated_id_returns_the_first_result_and_posts_nothing() {
        JsonObject first = send(commands, alice, "c-1", false);
        assertThat(first.getString("clientMessageId")).isEqualTo("c-1");
        assertThat(first.getBoolean("inDoubt")).isFalse();
        assertThat(send(commands, alice, "c-1", false)).isEqualTo(first);
        assertThat(send(commands, alice, "c-1", true)).isEqualTo(first);
        assertThat(posted()).isEqualTo(1);
        assertThat(feed.pokes).extracting(p -> p.messageId()).containsExactly(first.getString("id"));

        assertThat(send(commands, bob, "c-1", false).getString("id")).isNotEqualTo(first.getString("id"));
        assertThat(send(commands, alice, "c-2", false).getString("id")).isNotEqualTo(first.getString("id"));
        assertThat(posted()).isEqualTo(3);
    }

    @Test
    void sends_of_one_id_at_the_same_time_post_once() {
        List<Future<JsonObject>> sends = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            sends.add(start(commands, alice, "c-1", false));
        }
        Set<String> ids = get(Future.all(sends)).<JsonObject>list().stream()
                .map(r -> r.getString("id"))
                .collect(Collectors.toSet());
        assertThat(ids).hasSize(1);
        assertThat(posted()).isEqualTo(1);
    }

    @Test
    void the_id_is_not_shown_to_clients() {
        String id = send(commands, alice, "c-1", false).getString("id");
        JsonObject message = run(
                        commands,
                        bob,
                        "getMessage",
                        new JsonObject().put("threadId", thread).put("messageId", id))
                .getJsonObject("message");
        assertThat(message.getJsonObject("metadata", new JsonObject())).isEmpty();
        JsonArray listed = run(commands, bob, "listMessages", new JsonObject().put("threadId", thread))
                .getJsonArray("value");
        assertThat(listed.getJsonObject(0).getJsonObject("metadata", new JsonObject()))
                .isEmpty();
    }

    @Test
    void message_with_a_lost_response_is_found_in_the_thread() {
        embedded.faults(0, new Faults.Rule("sendMessage", "drop", null, 1));
        JsonObject sent = send(commands, alice, "c-1", false);
        assertThat(sent.getString("id")).isNotEmpty();
        assertThat(sent.getBoolean("inDoubt")).isFalse();
        assertThat(posted()).isEqualTo(1);
    }

    @Test
    void other_node_finds_a_message_whose_response_was_lost() {
        embedded.faults(0, new Faults.Rule("sendMessage", "drop", null, 1));
        String id = send(commands, alice, "c-1", false).getString("id");
        assertThat(send(node(), alice, "c-1", true).getString("id")).isEqualTo(id);
        embedded.faults(0);
        assertThat(send(node(), alice, "c-1", true).getString("id")).isEqualTo(id);
        assertThat(posted()).isEqualTo(1);
    }

    @Test
    void send_in_doubt_is_found_by_the_next_resend() {
        embedded.faults(
                0, new Faults.Rule("sendMessage", "drop", null, 1), new Faults.Rule("listMessages", "status", 403, 1));
        RpcError lost = catchThrowableOfType(RpcError.class, () -> send(commands, alice, "c-1", false));
        assertThat(lost.code()).isEqualTo(504);
        assertThat(lost.toJson().getJsonObject("data").getBoolean("retryable")).isTrue();
        RpcError again = catchThrowableOfType(RpcError.class, () -> send(commands, alice, "c-1", false));
        assertThat(again.code()).isEqualTo(403);
        embedded.faults(0);
        assertThat(send(commands, alice, "c-1", false).getBoolean("inDoubt")).isFalse();
        assertThat(posted()).isEqualTo(1);
    }

    @Test
    void resend_of_a_lost_message_is_posted_after_the_time_limit() {
        long before = System.nanoTime();
        JsonObject sent = send(node(), alice, "c-9", true);
        assertThat((System.nanoTime() - before) / 1_000_000).isGreaterThanOrEqualTo(SETTLE_MS);
        assertThat(sent.getBoolean("inDoubt")).isTrue();
        assertThat(posted()).isEqualTo(1);
        assertThat(send(node(), alice, "c-9", true)).isEqualTo(sent.copy().put("inDoubt", false));
    }

    @Test
    void refused_send_leaves_no_entry() {
        embedded.faults(0, new Faults.Rule("sendMessage", "status", 403, 1));
        RpcError refused = catchThrowableOfType(RpcError.class, () -> send(commands, alice, "c-1", false));
        assertThat(refused.code()).isEqualTo(403);
        embedded.faults(0);
        assertThat(send(commands, alice, "c-1", false).getBoolean("inDoubt")).isFalse();
        assertThat(posted()).isEqualTo(1);
    }

    @Test
    void refused_resend_is_not_remembered_as_sent() {
        embedded.faults(0, new Faults.Rule("listMessages", "status", 403, 1));
        RpcError refused = catchThrowableOfType(RpcError.class, () -> send(commands, alice, "c-1", true));
        assertThat(refused.code()).isEqualTo(403);
        embedded.faults(0);
        // The refused send left no entry: no search and no wait.
        assertThat(send(commands, alice, "c-1", false).getBoolean("inDoubt")).isFalse();
        assertThat(posted()).isEqualTo(1);
    }

    @Test
    void resend_of_a_closed_connection_is_not_posted() {
        Asker closed = new Asker(alice, 0);
        Future<JsonObject> lost = start(commands, closed, "c-1", true);
        closed.gone = true;
        RpcError failure = catchThrowableOfType(RpcError.class, () -> get(lost));
        assertThat(failure.code()).isEqualTo(503);
        assertThat(posted()).isZero();
        assertThat(closed.passed).isTrue();
    }

    @Test
    void resend_continues_when_the_first_connection_closes() {
        Asker closed = new Asker(alice, 0);
        Future<JsonObject> lost = start(commands, closed, "c-1", true);
        Asker second = new Asker(alice, 0);
        Future<JsonObject> next = start(commands, second, "c-1", true);
        closed.gone = true;
        assertThat(get(next).getString("id")).isNotEmpty();
        assertThat(second.passed).isTrue();
        assertThat(lost.failed()).isTrue();
        assertThat(posted()).isEqualTo(1);
    }

    @Test
    void send_that_waited_for_too_long_is_not_posted() {
        for (String id : List.of("", "c-1")) {
            Asker late = new Asker(alice, 2L * SETTLE_MS + 1);
            RpcError failure = catchThrowableOfType(RpcError.class, () -> get(start(commands, late, id, false)));
            assertThat(failure.code()).isEqualTo(503);
            assertThat(failure.toJson().getJsonObject("data").getBoolean("retryable"))
                    .isTrue();
        }
        assertThat(posted()).isZero();
    }

    @Test
    void wait_of_a_resend_starts_at_its_arrival() {
        long before = System.nanoTime();
        JsonObject sent = get(start(commands, new Asker(alice, SETTLE_MS), "c-1", true));
        assertThat((System.nanoTime() - before) / 1_000_000).isLessThan(SETTLE_MS);
        assertThat(sent.getBoolean("inDoubt")).isTrue();
    }

    /** Regression: it was posted after a search that was made before the earlier attempt had ended. */
    @Test
    void resend_finds_an_attempt_that_ended_while_it_waited() {
        Promise<Void> turn = Promise.promise();
        Asker asker = new Asker(alice, 0) {
            @Override
            public <T> Future<T> inOrder(String threadId, Supplier<Future<T>> work) {
                return turn.future().compose(v -> work.get());
            }
        };
        Future<JsonObject> resent = start(commands, asker, "c-1", true);
        String earlier = send(node(), alice, "c-1", false).getString("id");
        VERTX.setTimer(SETTLE_MS + 100, fired -> turn.complete());
        assertThat(get(resent).getString("id")).isEqualTo(earlier);
        assertThat(posted()).isEqualTo(1);
    }

    /** A connection that can close, with a request that arrived some time ago. */
    private static class Asker implements Caller {
        private final UserToken token;
        private final long waitedMs;
        private volatile boolean gone;
        private volatile boolean passed;

        private Asker(UserToken token, long waitedMs) {
            this.token = token;
            this.waitedMs = waitedMs;
        }

        @Override
        public UserToken token() {
            return token;
        }

        @Override
        public long waitedMs() {
            return waitedMs;
        }

        @Override
        public boolean gone() {
            return gone;
        }

        @Override
        public void letOthersPass() {
            passed = true;
        }
    }

    /** The commands of another node: same service, empty send memory. */
    private Commands node() {
        return new Commands(
                VERTX,
                service,
                feed,
                new GatewayMetrics(embedded.registry),
                Timers.of(VERTX),
                Clock.systemUTC(),
                new CommandLimits(28_672, SETTLE_MS));
    }

    private Future<JsonObject> start(Commands node, UserToken user, String clientMessageId, boolean retry) {
        return start(node, () -> user, clientMessageId, retry);
    }

    private Future<JsonObject> start(Commands node, Caller caller, String clientMessageId, boolean retry) {
        JsonObject params =
                new JsonObject().put("threadId", thread).put("content", "hello").put("retry", retry);
        if (!clientMessageId.isEmpty()) {
            params.put("clientMessageId", clientMessageId);
        }
        return node.execute("sendMessage", new Params(params), caller);
    }

    private JsonObject send(Commands node, UserToken user, String clientMessageId, boolean retry) {
        return get(start(node, user, clientMessageId, retry));
    }

    private static JsonObject run(Commands node, UserToken user, String method, JsonObject params) {
        return get(node.execute(method, new Params(params), () -> user));
    }

    /** Messages in the thread without system messages. */
    private long posted() {
        return run(commands, bob, "listMessages", new JsonObject().put("threadId", thread))
                .getJsonArray("value")
                .stream()
                .filter(m -> ((JsonObject) m).getString("type").equals("text"))
                .count();
    }

    private String thread() {
        JsonObject identifier = new JsonObject().put("rawId", bob.userId());
        return run(
                        commands,
                        alice,
                        "createChatThread",
                        new JsonObject()
                                .put("topic", "Tea")
                                .put(
                                        "participants",
                                        new JsonArray()
                                                .add(new JsonObject().put("communicationIdentifier", identifier))))
                .getJsonObject("chatThread")
                .getString("id");
    }
}
