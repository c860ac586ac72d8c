package dev.chatgateway.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.InboxFeed.InboxState.Entry;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.diff.ListOrder;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.schedule.TimerQueue;
import dev.chatgateway.poll.source.RecentRefusals;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.poll.state.Revisions;
import dev.chatgateway.tracing.Tracing;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * The calls that sessions cost which subscribe to all threads of their user at a time, as those of the live channel do.
 * In virtual time.
 */
class SessionCallsTest {
    private static final List<String> USERS = List.of("8:acs:alice", "8:acs:bob", "8:acs:carol", "8:acs:dave");
    private static final int THREADS = 30;
    private static final int SESSIONS = 20;
    /** As in {@code ThreadListPollerTest}: a cold thread is left to the list, and polled by itself after 300 s. */
    private static final GatewayConfig.Poll CONFIG = new GatewayConfig.Poll(
            800, 3_500, 20_000, 12, 30, 60, 5_000, 3, 300, 4_000, 5_000, 10, 32, 540, 512, 300, 10_000, 60, 0);

    private static final long ALL_IDLE_MS = 120_000;

    /** A node and its service. */
    private static final class Node {
        private final VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
        private final FakeService service = new FakeService(ticker);
        private final List<ThreadUpdate> updates = new ArrayList<>();
        private final ThreadRegistry poller = new ThreadRegistry(new PollContext(
                () -> CONFIG,
                service,
                service,
                new TimerQueue(ticker),
                new Random(5),
                GatewayMetrics.unread(),
                Tracing.OFF.tracer(),
                new RefusalBreaker(),
                new Revisions(),
                new ConcurrencyLimiter(CONFIG.parallel()),
                updates::add,
                update -> {},
                Replication.NONE,
                new ListOrder(),
                new RecentRefusals()));
        private final List<Future<Watched>> watched = new ArrayList<>();
        private final long begun;
        private int sessions;

        Node() {
            for (int i = 0; i < THREADS; i++) {
                service.create("t" + i, USERS.toArray(new String[0]));
            }
            ticker.pass(60_000);
            begun = ticker.now();
        }

        /** The next session; the users take turns. */
        void open() {
            UserToken token = ThreadRegistryFixture.token(USERS.get(sessions % USERS.size()));
            String id = "session " + sessions++;
            long begin = ticker.now() - 1_000;
            poller.watchInbox(id, token).onSuccess(inbox -> {
                for (Entry entry : inbox.entries()) {
                    watched.add(poller.watch(
                            new Watch(entry.threadId(), id, token, EventGroup.all(), Position.atTime(begin))));
                }
            });
        }

        void awaitAll() {
            assertThat(ticker.passUntil(
                            20_000,
                            () -> watched.size() == THREADS * sessions
                                    && watched.stream().allMatch(Future::succeeded)))
                    .isTrue();
            assertThat(watched).allMatch(f -> f.result().catchUp().resync() == null);
        }

        /** Calls about threads, by operation. */
        Map<String, Long> calls() {
            Map<String, Long> calls = new TreeMap<>();
            service.threads
                    .values()
                    .forEach(thread -> thread.calls.forEach(call -> calls.merge(call.operation(), 1L, Long::sum)));
            return calls;
        }
    }

    @Test
    void sessions_at_quiet_threads_make_no_call_about_them() {
        Node node = new Node();
        node.open();
        node.awaitAll();
        node.ticker.pass(ALL_IDLE_MS);
        assertThat(node.poller.idle()).isEqualTo(THREADS);
        Map<String, Long> before = node.calls();
        for (int i = 1; i < SESSIONS; i++) {
            node.open();
            node.awaitAll();
            node.ticker.pass(2_000);
        }
        assertThat(node.calls()).isEqualTo(before);
        assertThat(node.poller.idle()).as("idle again").isEqualTo(THREADS);
        ChatMessage sent = node.service.threads.get("t7").send(USERS.get(1), "psst");
        node.ticker.pass(8_000);
        assertThat(node.updates.stream().flatMap(update -> update.items().stream()))
                .anyMatch(item -> item.event() instanceof MessageReceived received
                        && received.message().equals(sent));
    }

    /** Some sessions begin before the threads are known, the others while they are polled often or seldom. */
    @Test
    void sessions_at_new_threads_cost_the_calls_of_one() {
        Node one = new Node();
        one.open();
        one.awaitAll();
        one.ticker.pass(3 * ALL_IDLE_MS);
        Node many = new Node();
        long end = many.ticker.now() + one.ticker.now() - one.begun;
        for (int i = 0; i < SESSIONS; i++) {
            many.open();
            many.ticker.pass(i < SESSIONS / 2 ? 1 : 3_000);
        }
        many.awaitAll();
        many.ticker.pass(end - many.ticker.now());
        assertThat(withoutListings(many)).isEqualTo(withoutListings(one));
        // The time of each poll is random.
        assertThat(many.service.listings()).isCloseTo(one.service.listings(), withinPercentage(10));
    }

    private static Map<String, Long> withoutListings(Node node) {
        Map<String, Long> calls = node.calls();
        calls.remove("messages");
        return calls;
    }
}
