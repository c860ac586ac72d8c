package dev.chatgateway.poll.threadlist;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.InboxUpdate.Kind;
import dev.chatgateway.event.InboxUpdate.Move;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.FakeService;
import dev.chatgateway.poll.FakeThread;
import dev.chatgateway.poll.ThreadRegistry;
import dev.chatgateway.poll.VirtualScheduler;
import dev.chatgateway.poll.diff.ListOrder;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.schedule.TimerQueue;
import dev.chatgateway.poll.source.RecentRefusals;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.poll.state.Revisions;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.thread.UpdatePublisher;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Idle threads that are covered by one list per user, and inboxes, in virtual time. */
class ThreadListPollerTest {
    /**
     * Polls: hot every 0.8 s for 12 s, warm every 3.5 s for 30 s, cold every 20 s. The thread list is polled every 5 s
     * from 3 idle threads on; each of these is polled every 300 s.
     */
    private static final GatewayConfig.Poll CONFIG = config(5_000);

    private static GatewayConfig.Poll config(int digestMs) {
        return new GatewayConfig.Poll(
                800, 3_500, 20_000, 12, 30, 60, digestMs, 3, 300, 4_000, 5_000, 10, 32, 540, 512, 300, 10_000, 60, 0);
    }

    private static final long ALL_IDLE_MS = 120_000;

    private final VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
    private final FakeService service = new FakeService(ticker);
    private final List<ThreadUpdate> updates = new ArrayList<>();
    private final List<InboxUpdate> inbox = new ArrayList<>();
    private GatewayConfig.Poll settings = CONFIG;
    private final PollContext env = new PollContext(
            () -> settings,
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
            inbox::add,
            Replication.NONE,
            new ListOrder(),
            new RecentRefusals());
    private final ThreadRegistry poller = new ThreadRegistry(env);

    @Test
    void idle_threads_share_one_list_and_poll_every_five_minutes() {
        watchTenThreads();
        long before = service.listings();
        long lists = service.lists.size();
        ticker.pass(600_000);
        assertThat(service.listings() - before).isBetween(20L, 30L);
        assertThat(service.lists.size() - lists).isBetween(90L, 150L);
        assertThat(service.lists).as("one user's list is enough").containsOnly(ALICE);
    }

    @Test
    void message_in_an_idle_thread_is_found_by_the_list() {
        watchTenThreads();
        service.threads.get("t4").send(BOB, "psst");
        assertThat(ticker.passUntil(7_700, () -> messages() == 1)).isTrue();
        long before = service.threads.get("t4").count("messages");
        ticker.pass(8_000);
        assertThat(service.threads.get("t4").count("messages") - before).isGreaterThan(6);
        assertThat(service.threads.get("t5").count("messages") - before).isLessThan(6);
    }

    @Test
    void no_message_is_lost_with_whole_seconds_and_small_pages() {
        service.wholeSeconds = true;
        service.pageSize = 3;
        watchTenThreads();
        Random random = new Random(3);
        int sent = 0;
        for (int i = 0; i < 200; i++) {
            FakeThread thread = service.threads.get("t" + random.nextInt(10));
            for (int j = random.nextInt(3); j >= 0; j--) {
                thread.send(BOB, "m");
                sent++;
                ticker.pass(random.nextInt(1_200));
            }
            ticker.pass(random.nextInt(random.nextBoolean() ? 3_000 : 90_000));
        }
        ticker.pass(10_000);
        assertThat(messages()).isEqualTo(sent);
    }

    @Test
    void freshness_source_follows_the_state_of_the_list() {
        watchTenThreads();
        assertThat(sources("t1")).containsExactly(Freshness.Source.DIGEST);
        service.fault = token -> FakeThread.down();
        ticker.pass(40_000);
        assertThat(sources("t1")).containsExactly(Freshness.Source.DIGEST, Freshness.Source.POLL);
        service.threads.get("t1").send(BOB, "still seen");
        ticker.pass(31_000);
        assertThat(messages()).isEqualTo(1);
    }

    /** Regression: the interval was read once for each thread, so a reload did not change the freshness. */
    @Test
    void changed_list_interval_shows_in_freshness_at_once() {
        ThreadState state = new ThreadState("t", () -> settings, new Random(1));
        UpdatePublisher announcer = new UpdatePublisher(state, env);
        announcer.restoreListCoverage();
        assertThat(announcer.freshness()).isEqualTo(new Freshness(Freshness.Source.DIGEST, 7_500));
        settings = config(20_000);
        assertThat(announcer.freshness()).isEqualTo(new Freshness(Freshness.Source.DIGEST, 30_000));
    }

    @Test
    void refused_token_is_replaced_by_another_of_the_user() {
        UserToken second = other(ALICE);
        watchTenThreads();
        poller.watch(new Watch("t3", "second socket", second, EventGroup.all(), null));
        ticker.pass(ALL_IDLE_MS);
        service.fault = token -> token.equals(second) ? null : FakeThread.refusal(401);
        service.threads.get("t7").send(BOB, "seen");
        ticker.pass(20_000);
        assertThat(messages()).isEqualTo(1);
    }

    @Test
    void inbox_gets_updated_created_deleted_and_removed_threads() {
        FakeThread first = service.create("t0", ALICE, BOB);
        service.create("t1", ALICE, BOB);
        Future<InboxState> state = poller.watchInbox("socket", Tokens.of("alice"));
        ticker.pass(100);
        assertThat(state.result().entries()).hasSize(2);
        assertThat(state.result().position().time()).isEqualTo(first.messages.lastKey());
        ticker.pass(10_000);
        inbox.clear();

        service.threads.get("t1").send(BOB, "moved");
        ticker.pass(6_500);
        assertThat(kinds("t1")).contains(Kind.MOVED);
        service.create("t2", BOB, ALICE);
        ticker.pass(6_500);
        assertThat(moves("t2")).first().satisfies(move -> {
            assertThat(move.kind()).isEqualTo(Kind.CREATED);
            assertThat(move.created()).isNotNull();
            assertThat(move.position().count()).isEqualTo(3);
        });
        first.remove(ALICE);
        service.threads.get("t1").deletedOn = Instant.ofEpochMilli(ticker.now());
        ticker.pass(15_000);
        assertThat(kinds("t1")).last().isEqualTo(Kind.DELETED);
        assertThat(kinds("t0")).last().isEqualTo(Kind.REMOVED);
        poller.poke(new Poke("t2", "", 0, false, Set.of(EventGroup.MESSAGES)));
        assertThat(kinds("t2")).last().isEqualTo(Kind.MOVED);

        poller.unwatchInbox("socket");
        ticker.pass(10_000);
        long lists = service.lists.size();
        ticker.pass(60_000);
        assertThat(service.lists).hasSize((int) lists);
        assertThat(ticker.waiting()).isZero();
    }

    /** Regression: a client that resumed before the addition was published did not learn of the thread. */
    @Test
    void update_position_excludes_unpublished_threads() {
        service.create("t0", ALICE, BOB);
        service.create("t1", ALICE, BOB);
        Future<InboxState> state = poller.watchInbox("socket", Tokens.of("alice"));
        ticker.pass(10_000);
        inbox.clear();
        service.threads.get("t1").send(BOB, "moved");
        service.threads.get("t0").remove(ALICE);
        FakeThread added = service.create("t2", ALICE, BOB);
        added.latencyMs = 2_000;
        assertThat(ticker.passUntil(7_000, () -> !moves("t1").isEmpty())).isTrue();
        assertThat(moves("t2")).isEmpty();
        assertThat(moves("t1").get(0).position().count()).isEqualTo(2);
        assertThat(moves("t1").get(0).position().threadsHash())
                .isEqualTo(state.result().position().threadsHash());
        ticker.pass(20_000);
        assertThat(moves("t2").get(0).position().count()).isBetween(2, 3);
        assertThat(kinds("t0")).contains(Kind.REMOVED);
        InboxState present =
                poller.watchInbox("second socket", Tokens.of("alice")).result();
        poller.poke(new Poke("t2", "", 0, false, Set.of(EventGroup.MESSAGES)));
        assertThat(moves("t2").get(moves("t2").size() - 1).position()).isEqualTo(present.position());
    }

    /** Regression: the end of a poll that was under way scheduled the next one. */
    @Test
    void close_during_a_list_poll_ends_polling() {
        service.create("t0", ALICE, BOB);
        poller.watchInbox("socket", Tokens.of("alice"));
        assertThat(ticker.passUntil(1_000, () -> service.lists.size() == 1)).isTrue();
        poller.close();
        ticker.pass(60_000);
        assertThat(service.lists).hasSize(1);
    }

    private void watchTenThreads() {
        for (int i = 0; i < 10; i++) {
            service.create("t" + i, ALICE, BOB);
            poller.watch(new Watch("t" + i, "socket", Tokens.of("alice"), Set.of(EventGroup.MESSAGES), null));
        }
        ticker.pass(ALL_IDLE_MS);
        assertThat(messages()).isZero();
    }

    private long messages() {
        return updates.stream()
                .flatMap(u -> u.items().stream())
                .filter(i -> i.event() instanceof ChatEvent.MessageReceived)
                .count();
    }

    private List<Freshness.Source> sources(String threadId) {
        return updates.stream()
                .filter(u -> u.threadId().equals(threadId))
                .flatMap(u -> u.notices().stream())
                .filter(Notice.FreshnessChanged.class::isInstance)
                .map(n -> ((Notice.FreshnessChanged) n).freshness().source())
                .toList();
    }

    private List<Move> moves(String threadId) {
        return inbox.stream()
                .flatMap(u -> u.moves().stream())
                .filter(m -> m.threadId().equals(threadId))
                .toList();
    }

    private List<Kind> kinds(String threadId) {
        return moves(threadId).stream().map(Move::kind).toList();
    }

    private static UserToken other(String userId) {
        String claims = "{\"skypeid\":\"" + userId.substring(2) + "\",\"exp\":4102444801}";
        return UserToken.parse("eyJhbGciOiJub25lIn0."
                + java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes()) + ".");
    }
}
