package dev.chatgateway.fanout;

import static dev.chatgateway.upstream.EmbeddedFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.InboxFeed.InboxPosition;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.inbox.InboxHub;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.InboxCursorCodec;
import dev.chatgateway.upstream.Tokens;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Changes that a resumed inbox gets again, because the thread list is up to five seconds out of order. */
class InboxResumeIT {
    private static final long STOPPED = 1_700_000_000_000L;

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final InboxCursorCodec cursors = new InboxCursorCodec(new byte[32], null);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final List<InboxFeed.InboxState.Entry> entries = new ArrayList<>();
    private final List<String> told = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        get(vertx.close());
    }

    @Test
    void thread_listed_five_seconds_late_is_sent_after_a_resume() {
        entries.add(new InboxFeed.InboxState.Entry("late", STOPPED - 5_000));
        entries.add(new InboxFeed.InboxState.Entry("edge", STOPPED - 6_000));
        entries.add(new InboxFeed.InboxState.Entry("old", STOPPED - 6_001));
        entries.add(new InboxFeed.InboxState.Entry("newer", STOPPED + 1_000));
        InboxPosition stopped = new InboxPosition(STOPPED, entries.size(), 7);
        JsonObject answer = resume(cursors.encode("8:acs:alice", stopped));
        assertThat(answer.getString("recovered")).isEqualTo("complete");
        HubFixture.await(() -> told.size() == 3);
        assertThat(told).containsExactly("edge", "late", "newer");
    }

    @Test
    void thread_that_came_since_the_cursor_is_a_resync() {
        entries.add(new InboxFeed.InboxState.Entry("new", STOPPED + 1_000));
        InboxPosition stopped = new InboxPosition(STOPPED, 0, 7);
        JsonObject answer = resume(cursors.encode("8:acs:alice", stopped));
        assertThat(answer.getString("recovered")).isEqualTo("resync");
        assertThat(resyncs("membershipChanged", "inboxThreads")).isOne();
    }

    @Test
    void more_moved_threads_than_are_replayed_are_a_resync() {
        for (int i = 0; i < 1_001; i++) {
            entries.add(new InboxFeed.InboxState.Entry("t" + i, STOPPED + 1_000));
        }
        InboxPosition stopped = new InboxPosition(STOPPED, entries.size(), 7);
        JsonObject answer = resume(cursors.encode("8:acs:alice", stopped));
        assertThat(answer.getString("recovered")).isEqualTo("resync");
        assertThat(resyncs("cursorTooOld", "inboxMoves")).isOne();
    }

    private double resyncs(String reason, String cause) {
        return meters.get("chatgateway.resyncs")
                .tags("reason", reason, "cause", cause)
                .counter()
                .count();
    }

    private JsonObject resume(String cursor) {
        io.vertx.core.Promise<JsonObject> answer = io.vertx.core.Promise.promise();
        loop.runOnContext(v -> {
            InboxHub hub = new InboxHub(
                    vertx,
                    new ListedFeed(),
                    (token, thread) -> Future.succeededFuture(new JsonObject()),
                    cursors,
                    new GatewayMetrics(meters));
            hub.subscribe(Tokens.of("alice"), cursor, new Listener(), answer);
        });
        return get(answer.future());
    }

    private final class Listener implements Subscriber {
        @Override
        public String id() {
            return "socket";
        }

        @Override
        public void deliver(FrameBatch run) {
            run.frames()
                    .forEach(frame -> told.add(
                            new JsonObject(frame.text()).getJsonObject("params").getString("threadId")));
        }
    }

    private final class ListedFeed implements InboxFeed {
        @Override
        public Future<InboxState> watchInbox(String subscriberId, UserToken token) {
            return Future.succeededFuture(new InboxState(
                    1,
                    new InboxPosition(STOPPED + 1_000, entries.size(), 7),
                    entries,
                    new Freshness(Freshness.Source.DIGEST, 7_500)));
        }

        @Override
        public void unwatchInbox(String subscriberId) {}
    }
}
