package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static dev.chatgateway.poll.ThreadRegistryFixture.CAROL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.source.RecentRefusals;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What users who are no participants of a thread cost it when they try to subscribe again and again. */
class StrangerSubscriptionsTest {
    private static final int SOCKETS = 10;

    private final ThreadRegistryFixture poll = new ThreadRegistryFixture();
    private final FakeThread thread = poll.thread;
    private final VirtualScheduler ticker = poll.ticker;

    private Future<Watched> ask(ThreadRegistryFixture at, String userId, String socket) {
        return at.poller.watch(
                new Watch(FakeThread.ID, socket, ThreadRegistryFixture.token(userId), EventGroup.all(), null));
    }

    /** As hubs do: a subscriber that was refused is removed. */
    private void loop(ThreadRegistryFixture at, String userId, long ms, List<Future<Watched>> all) {
        long end = ticker.now() + ms;
        List<Future<Watched>> open = new ArrayList<>();
        for (int i = 0; i < SOCKETS; i++) {
            open.add(Future.failedFuture("none yet"));
        }
        while (ticker.now() < end) {
            for (int i = 0; i < SOCKETS; i++) {
                if (open.get(i).isComplete()) {
                    at.poller.unwatch(FakeThread.ID, "stranger " + i);
                    open.set(i, ask(at, userId, "stranger " + i));
                    all.add(open.get(i));
                }
            }
            ticker.pass(10);
        }
    }

    private List<FakeThread.Call> callsOf(String userId) {
        return thread.calls.stream().filter(c -> c.userId().equals(userId)).toList();
    }

    private static int status(Future<?> failed) {
        return ((ChatServiceException) failed.cause()).status();
    }

    @Test
    void looping_non_member_costs_own_calls_once_in_seconds() {
        poll.watch(ALICE);
        ticker.pass(40_000);
        thread.calls.clear();
        List<Future<Watched>> all = new ArrayList<>();
        loop(poll, CAROL, 45_000, all);
        ticker.pass(100);
        assertThat(all).hasSizeGreaterThan(1_000).allSatisfy(f -> assertThat(status(f))
                .isEqualTo(403));
        assertThat(callsOf(CAROL)).hasSizeBetween(10, 17).allSatisfy(c -> assertThat(c.operation())
                .isEqualTo("properties"));
        assertThat(thread.count("participants")).isZero();
    }

    @Test
    void looping_non_member_delays_no_member_and_no_message() {
        poll.watch(ALICE);
        thread.delay = call -> call.userId().equals(CAROL) ? 9_000 : 0;
        for (int i = 0; i < SOCKETS; i++) {
            ask(poll, CAROL, "stranger " + i);
        }
        Future<Watched> bob = poll.ask(BOB);
        ChatMessage sent = thread.send(ALICE, "m");
        ticker.pass(1_100);
        assertThat(bob.succeeded()).isTrue();
        assertThat(poll.events()).contains(new MessageReceived(FakeThread.ID, sent));
    }

    @Test
    void slow_check_of_a_non_member_delays_no_first_subscriber() {
        thread.delay = call -> call.userId().equals(CAROL) ? 9_000 : 0;
        ask(poll, CAROL, "stranger");
        Future<Watched> alice = poll.ask(ALICE);
        ticker.pass(MembershipChecks.HEAD_START_MS + 5 * thread.latencyMs);
        assertThat(alice.succeeded()).isTrue();
    }

    @Test
    void throttled_non_member_delays_nobody_and_gets_the_reason() {
        poll.watch(ALICE);
        thread.fault = call -> call.userId().equals(CAROL) ? FakeThread.throttled(60_000) : null;
        Future<Watched> carol = ask(poll, CAROL, "stranger");
        Future<Watched> bob = poll.ask(BOB);
        ticker.pass(1_000);
        assertThat(bob.succeeded()).isTrue();
        assertThat(carol.cause()).isInstanceOfSatisfying(ChatServiceException.class, e -> {
            assertThat(e.status()).isEqualTo(429);
            assertThat(e.retryAfterMs()).isEqualTo(60_000);
        });
    }

    @Test
    void non_member_starts_no_thread() {
        List<Future<Watched>> all = new ArrayList<>();
        loop(poll, CAROL, 10_000, all);
        assertThat(poll.poller.size()).isZero();
        ticker.pass(5_000);
        assertThat(ticker.waiting()).isZero();
        assertThat(callsOf(CAROL)).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void non_member_wakes_no_idle_thread() {
        ThreadRegistryFixture parked =
                new ThreadRegistryFixture(ThreadRegistryFixture.config(5_000, 10, true), ticker, thread);
        parked.watch(ALICE);
        assertThat(ticker.passUntil(120_000, () -> parked.poller.idle() == 1)).isTrue();
        thread.calls.clear();
        List<Future<Watched>> all = new ArrayList<>();
        loop(parked, CAROL, 3_000, all);
        assertThat(all).hasSizeGreaterThan(100);
        assertThat(parked.poller.idle()).isEqualTo(1);
        assertThat(thread.count("messages")).isZero();
    }

    @Test
    void typing_of_a_non_member_wakes_no_idle_thread() {
        ThreadRegistryFixture parked =
                new ThreadRegistryFixture(ThreadRegistryFixture.config(5_000, 10, true), ticker, thread);
        parked.watch(ALICE);
        assertThat(ticker.passUntil(120_000, () -> parked.poller.idle() == 1)).isTrue();
        parked.poller.typingThrottled(FakeThread.ID, CAROL, "Carol", java.time.Instant.ofEpochMilli(ticker.now()));
        assertThat(parked.poller.idle()).isEqualTo(1);
    }

    @Test
    void added_user_is_admitted_within_seconds_of_a_refusal() {
        Future<Watched> refused = ask(poll, CAROL, "carol");
        ticker.pass(100);
        assertThat(status(refused)).isEqualTo(403);
        thread.join(CAROL, 0);
        ticker.pass(RecentRefusals.LIFE_MS);
        Future<Watched> again = ask(poll, CAROL, "carol");
        ticker.pass(500);
        assertThat(again.succeeded()).isTrue();
    }

    @Test
    void added_user_is_admitted_once_the_event_is_seen() {
        poll.watch(ALICE);
        Future<Watched> refused = ask(poll, CAROL, "carol");
        ticker.pass(100);
        assertThat(status(refused)).isEqualTo(403);
        thread.add(CAROL, 0);
        assertThat(ticker.passUntil(1_500, () -> !poll.events().isEmpty())).isTrue();
        assertThat(poll.env.refusals().find(CAROL, FakeThread.ID, ticker.now())).isEmpty();
        Future<Watched> again = ask(poll, CAROL, "carol");
        ticker.pass(500);
        assertThat(again.succeeded()).isTrue();
    }

    @Test
    void user_added_while_the_check_waits_is_admitted() {
        poll.watch(ALICE);
        thread.fault = call -> call.userId().equals(CAROL) ? FakeThread.throttled(8_000) : null;
        Future<Watched> carol = ask(poll, CAROL, "carol");
        ticker.pass(200);
        thread.add(CAROL, 0);
        ticker.pass(2_500);
        assertThat(carol.succeeded()).isTrue();
    }

    @Test
    void new_subscribers_are_proven_by_one_roster() {
        poll.watch(ALICE);
        ticker.pass(40_000);
        thread.calls.clear();
        List<Future<Watched>> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            thread.join("8:acs:user" + i, 0);
            all.add(ask(poll, "8:acs:user" + i, "socket " + i));
        }
        ticker.pass(2_000);
        assertThat(all).allMatch(Future::succeeded);
        assertThat(thread.calls.stream().filter(c -> c.operation().equals("participants")))
                .hasSizeLessThanOrEqualTo(2)
                .allSatisfy(c -> assertThat(c.userId()).isEqualTo(ALICE));
    }

    @Test
    void user_refused_by_the_roster_costs_one_call_in_seconds() {
        poll.watch(ALICE);
        ticker.pass(40_000);
        thread.calls.clear();
        thread.propertiesForAll = true;
        List<Future<Watched>> all = new ArrayList<>();
        loop(poll, CAROL, 12_000, all);
        ticker.pass(1_000);
        assertThat(all).allSatisfy(f -> assertThat(status(f)).isEqualTo(403));
        assertThat(thread.count("participants")).isLessThanOrEqualTo(5);
    }

    @Test
    void user_with_many_threads_leaves_room_for_the_checks_of_others() {
        MembershipChecks checks = new MembershipChecks(poll.env);
        List<Future<?>> many = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            many.add(checks.check(
                    new Watch("19:" + i, "s", ThreadRegistryFixture.token(ALICE), EventGroup.all(), null)));
        }
        Future<?> bob = checks.check(new Watch("19:b", "t", ThreadRegistryFixture.token(BOB), EventGroup.all(), null));
        assertThat(thread.inFlight).isEqualTo(5);
        ticker.pass(thread.latencyMs);
        assertThat(bob.succeeded()).isTrue();
        ticker.pass(9_000);
        assertThat(many).allMatch(Future::succeeded);
        assertThat(ticker.waiting()).isZero();
    }

    @Test
    void abandoned_checks_leave_nothing() {
        MembershipChecks checks = new MembershipChecks(poll.env);
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 100; i++) {
                checks.check(new Watch("19:" + i, "s", ThreadRegistryFixture.token(CAROL), EventGroup.all(), null));
            }
            for (int i = 0; i < 100; i++) {
                checks.abandon("s", "19:" + i);
            }
        }
        ticker.pass(100);
        assertThat(ticker.waiting()).isZero();
        // Four calls at once; later subscribers of those threads shared them.
        assertThat(thread.calls).hasSize(4);
    }

    @Test
    void check_fails_after_ten_seconds_of_outage() {
        thread.fault = call -> FakeThread.down();
        Future<Watched> carol = ask(poll, CAROL, "carol");
        ticker.pass(PendingSubscription.MAX_WAIT_MS);
        assertThat(status(carol)).isEqualTo(503);
        assertThat(callsOf(CAROL)).hasSizeBetween(5, 11);
    }

    @Test
    void remembered_refusals_are_bounded() {
        RecentRefusals refusals = new RecentRefusals();
        for (int i = 0; i < 20_000; i++) {
            refusals.remember("8:acs:" + i, FakeThread.ID, FakeThread.refusal(403), ticker.now());
        }
        assertThat(refusals.size()).isEqualTo(10_000);
        refusals.remember("8:acs:x", FakeThread.ID, FakeThread.refusal(404), ticker.now() + RecentRefusals.LIFE_MS);
        assertThat(refusals.size()).isEqualTo(1);
    }
}
