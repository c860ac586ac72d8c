package dev.chatgateway.poll.cycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.FakeService;
import dev.chatgateway.poll.ThreadRegistryFixture;
import dev.chatgateway.poll.VirtualScheduler;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.source.ThreadSource;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.poll.state.Revisions;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whether a subscriber's own listing, which is by version, shows a state of a message. */
class VisibilityChecksTest {
    private static final long NOW = 1_800_000_000_000L;
    private static final int PAGE = 200;

    private final VirtualScheduler ticker = new VirtualScheduler(NOW);
    private final Listing listing = new Listing();
    private final PollContext env = new PollContext(
            ThreadRegistryFixture.CONFIG,
            listing,
            new FakeService(ticker),
            ticker,
            new Random(1),
            GatewayMetrics.unread(),
            Tracing.OFF.tracer(),
            new RefusalBreaker(),
            new Revisions(),
            new ConcurrencyLimiter(1),
            (ThreadUpdate update) -> {},
            (InboxUpdate update) -> {},
            Replication.NONE);
    private final ThreadState state = new ThreadState("t", () -> ThreadRegistryFixture.CONFIG, new Random(1));

    VisibilityChecksTest() {
        state.subscribers.add(new PollSubscriber(new Watch("t", "socket", Tokens.of("alice"), EventGroup.all(), null)));
    }

    @Test
    void edit_of_an_old_message_is_found_on_the_first_page() {
        long old = NOW - 86_400_000;
        listing.add(old, NOW - 60_000);
        fill(5 * PAGE);
        assertThat(sees(old, NOW - 60_000)).isTrue();
        assertThat(listing.calls).isEqualTo(1);
    }

    @Test
    void hidden_edit_of_an_old_message_costs_one_page() {
        fill(5 * PAGE);
        assertThat(sees(NOW - 86_400_000, NOW - 60_000)).isFalse();
        assertThat(listing.calls).isEqualTo(1);
    }

    @Test
    void message_below_a_page_of_old_edits_is_found() {
        for (int i = 0; i < PAGE + 10; i++) {
            listing.add(NOW - 86_400_000 + i, NOW - 50_000 + i);
        }
        listing.add(NOW - 60_000, NOW - 60_000);
        fill(PAGE);
        assertThat(sees(NOW - 60_000, NOW - 60_000)).isTrue();
        assertThat(listing.calls).isEqualTo(2);
    }

    /** Messages that came before the state in question, one a second. */
    private void fill(int messages) {
        for (int i = 1; i <= messages; i++) {
            listing.add(NOW - 100_000 - i * 1_000L, NOW - 100_000 - i * 1_000L);
        }
    }

    private boolean sees(long messageId, long version) {
        VisibilityChecks checks = new VisibilityChecks(env);
        Future<Boolean> seen = checks.add("socket", messageId, version);
        assertThat(checks.run(state).succeeded()).isTrue();
        assertThat(checks.isEmpty()).isTrue();
        return seen.result();
    }

    /** Lists what was added, which the test adds in falling order of version. */
    private static final class Listing implements ThreadSource {
        private final List<ChatMessage> messages = new ArrayList<>();
        private int calls;

        void add(long id, long version) {
            messages.add(new ChatMessage(
                    Long.toString(id),
                    version,
                    MessageType.TEXT,
                    Instant.ofEpochMilli(id),
                    "8:acs:bob",
                    "",
                    "m",
                    null,
                    List.of(),
                    null,
                    null,
                    version > id ? Instant.ofEpochMilli(version) : null,
                    null,
                    Map.of()));
        }

        @Override
        public Future<Page> messages(
                UserToken token, String threadId, int size, @Nullable String next, Priority priority) {
            calls++;
            int from = next == null ? 0 : Integer.parseInt(next);
            int to = Math.min(messages.size(), from + size);
            return Future.succeededFuture(
                    new Page(messages.subList(from, to), to == messages.size() ? null : Integer.toString(to)));
        }

        @Override
        public Future<ChatMessage> message(UserToken token, String threadId, String messageId, Priority priority) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<Roster> participants(UserToken token, String threadId, Priority priority) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<List<ReadReceipt>> receipts(UserToken token, String threadId, Priority priority) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Future<ThreadProperties> properties(UserToken token, String threadId, Priority priority) {
            throw new UnsupportedOperationException();
        }
    }
}
