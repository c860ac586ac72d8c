package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static dev.chatgateway.poll.ThreadRegistryFixture.CAROL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.MessageDeleted;
import dev.chatgateway.event.ChatEvent.MessageEdited;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatEvent.PropertiesUpdated;
import dev.chatgateway.event.ChatEvent.ReceiptMoved;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Schedule and polls of one thread, hours in virtual time. */
class ThreadRegistryTest {
    private final ThreadRegistryFixture poll = new ThreadRegistryFixture();
    private final FakeThread thread = poll.thread;
    private final VirtualScheduler ticker = poll.ticker;

    @Test
    void message_written_elsewhere_is_found_within_one_interval() {
        poll.watch(ALICE);
        ChatMessage sent = thread.send(BOB, "hello");
        ticker.pass(5_600);
        assertThat(poll.events()).containsExactly(new MessageReceived(FakeThread.ID, sent));
    }

    @Test
    void interval_follows_activity_and_calls_never_overlap() {
        poll.watch(ALICE);
        ticker.pass(60_000);
        long idle = thread.count("messages");
        assertThat(idle)
                .as("hot for 10 s after the subscriber came, then quiet")
                .isBetween(18L, 36L);
        for (int i = 0; i < 10; i++) {
            thread.send(BOB, "m" + i);
            ticker.pass(3_000);
        }
        ticker.pass(30_000);
        assertThat(thread.count("messages") - idle).isBetween(55L, 95L);
        assertThat(thread.mostInFlight).isEqualTo(1);
        assertThat(poll.events()).hasSize(10);
    }

    @Test
    void refresh_hint_polls_until_the_write_is_seen() {
        poll.watch(ALICE);
        ticker.pass(2_000);
        thread.behindMs = 100;
        ChatMessage sent = thread.send(ALICE, "through the gateway");
        poll.poke(sent, EventGroup.MESSAGES);
        long before = thread.count("messages");
        assertThat(ticker.passUntil(400, () -> !poll.events().isEmpty())).isTrue();
        assertThat(thread.count("messages") - before).isBetween(1L, 3L);
    }

    @Test
    void refresh_hints_collapse() {
        poll.watch(ALICE);
        ticker.pass(2_000);
        long before = thread.count("messages");
        for (int i = 0; i < 50; i++) {
            poll.poke(thread.send(ALICE, "m" + i), EventGroup.MESSAGES);
        }
        ticker.pass(300);
        assertThat(thread.count("messages") - before).isLessThanOrEqualTo(6);
        assertThat(poll.events()).hasSize(50);
    }

    /** Edits behind the newest 200 messages once came after minutes, or not at all. */
    @Test
    void edit_of_any_age_is_published_by_the_next_poll() {
        List<ChatMessage> sent = new ArrayList<>();
        for (int i = 0; i < 5_001; i++) {
            sent.add(thread.send(BOB, "m" + i));
            ticker.pass(10);
        }
        Watched watched = poll.watch(ALICE);
        assertThat(watched.horizon()).isEqualTo(Instant.EPOCH);
        assertThat(watched.horizonStalenessMs()).isEqualTo(watched.freshness().maxStalenessMs());

        thread.edit(sent.get(0), "5,000 messages back");
        ticker.pass(1_100);
        assertThat(poll.events()).singleElement().isInstanceOf(MessageEdited.class);
        thread.delete(sent.get(5_000));
        thread.delete(sent.get(2_000));
        ticker.pass(1_100);
        assertThat(poll.events()).hasSize(3).last().isInstanceOf(MessageDeleted.class);
        thread.edit(sent.get(5), "through the gateway");
        poll.poke(sent.get(5), EventGroup.EDITS);
        ticker.pass(100);
        assertThat(poll.events()).hasSize(4);
        assertThat(thread.count("message")).as("reads by name").isZero();
        ticker.pass(600_000);
        assertThat(poll.events()).hasSize(4);
    }

    @Test
    void old_edit_is_published_though_most_joined_later() {
        ChatMessage old = thread.send(BOB, "old");
        for (int i = 0; i < 100; i++) {
            ticker.pass(10);
            thread.send(BOB, "m" + i);
        }
        poll.watch(ALICE);
        for (int i = 0; i < 40; i++) {
            thread.join("8:acs:late" + i, thread.messages.lastKey());
            poll.watch("8:acs:late" + i);
        }
        ticker.pass(10_000);
        thread.send(BOB, "seen by all");
        ticker.pass(5_000);
        thread.edit(old, "edited");
        ticker.pass(2_000);
        assertThat(poll.events()).hasSize(2).last().isInstanceOf(MessageEdited.class);
    }

    @Test
    void more_changes_than_the_pages_hold_are_a_resync() {
        ThreadRegistryFixture small = new ThreadRegistryFixture(ThreadRegistryFixture.config(0, 2));
        small.watch(ALICE);
        small.thread.fault = call -> FakeThread.throttled(20_000);
        small.ticker.pass(10_000);
        for (int i = 0; i < 1_000; i++) {
            small.thread.send(BOB, "m" + i);
        }
        small.thread.fault = call -> null;
        small.ticker.pass(60_000);
        assertThat(small.notices())
                .contains(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Cause.LISTING_PAGES)));
        ChatMessage after = small.thread.send(BOB, "after");
        small.ticker.pass(6_000);
        assertThat(small.events()).containsExactly(new MessageReceived(FakeThread.ID, after));
    }

    @Test
    void receipts_are_listed_only_where_wanted_and_not_too_often() {
        ChatMessage sent = thread.send(BOB, "read me");
        poll.watch(ALICE);
        ticker.pass(30_000);
        assertThat(thread.count("receipts")).isZero();
        poll.watch(BOB, EventGroup.RECEIPTS);
        thread.read(ALICE, sent);
        ticker.pass(60_000);
        assertThat(poll.events()).singleElement().isInstanceOf(ReceiptMoved.class);
        List<Long> times = thread.calls.stream()
                .filter(c -> c.operation().equals("receipts"))
                .map(FakeThread.Call::at)
                .toList();
        for (int i = 1; i < times.size(); i++) {
            assertThat(times.get(i) - times.get(i - 1)).isGreaterThanOrEqualTo(4_000);
        }
    }

    /** A receipt between the subscriber's own listing and the first one of the poller was once not published. */
    @Test
    void receipt_set_before_the_first_listing_is_published() {
        ChatMessage sent = thread.send(BOB, "read me");
        thread.fault = call -> call.operation().equals("receipts") ? FakeThread.down() : null;
        poll.watch(ALICE, EventGroup.RECEIPTS);
        thread.read(BOB, sent);
        ticker.pass(2_000);
        thread.fault = call -> null;
        ticker.pass(30_000);
        assertThat(poll.events()).singleElement().isInstanceOf(ReceiptMoved.class);
    }

    /** States within the overlap once filled the page, so that a second call was made. */
    @Test
    void busy_thread_takes_one_call_a_poll() {
        poll.watch(ALICE);
        for (int i = 0; i < 300; i++) {
            thread.send(BOB, "m" + i);
            ticker.pass(50);
        }
        thread.calls.clear();
        poll.updates.clear();
        for (int i = 0; i < 300; i++) {
            thread.send(BOB, "n" + i);
            ticker.pass(50);
        }
        long polls = poll.updates.stream().filter(u -> !u.items().isEmpty()).count();
        long sweeps = thread.calls.stream().filter(c -> c.size() == 200).count();
        assertThat(thread.count("messages") - sweeps).isLessThanOrEqualTo(polls + 1);
    }

    @Test
    void large_thread_has_no_receipts_and_typing() {
        for (int i = 0; i < 20; i++) {
            thread.join("8:acs:guest" + i, 0);
        }
        poll.watch(ALICE, EventGroup.RECEIPTS, EventGroup.TYPING);
        poll.poller.typing(FakeThread.ID, BOB, "Bob", Instant.ofEpochMilli(ticker.now()));
        ticker.pass(30_000);
        assertThat(thread.count("receipts")).isZero();
        assertThat(poll.events()).isEmpty();
    }

    @Test
    void typing_is_shown_only_of_members() {
        poll.watch(ALICE, EventGroup.TYPING);
        poll.poller.typing(FakeThread.ID, CAROL, "Carol", Instant.ofEpochMilli(ticker.now()));
        poll.poller.typing(FakeThread.ID, BOB, "Bob", Instant.ofEpochMilli(ticker.now()));
        assertThat(poll.events()).singleElement().isInstanceOf(ChatEvent.TypingIndicator.class);
    }

    @Test
    void properties_change_by_message_and_by_comparison_once_each() {
        poll.watch(ALICE, EventGroup.PROPERTIES);
        thread.rename("Coffee");
        poll.poller.poke(new Poke(FakeThread.ID, "", 0, false, Set.of(EventGroup.PROPERTIES)));
        ticker.pass(1_000);
        assertThat(poll.events()).singleElement().isInstanceOf(PropertiesUpdated.class);
        thread.metadata = Map.of("a", "b");
        ticker.pass(70_000);
        assertThat(poll.events()).hasSize(2).last().satisfies(e -> assertThat(
                        ((PropertiesUpdated) e).properties().metadata())
                .containsEntry("a", "b"));
    }

    @Test
    void throttling_is_obeyed_and_published() {
        poll.watch(ALICE);
        ticker.pass(3_000);
        thread.fault = call -> FakeThread.throttled(15_000);
        ticker.pass(6_000);
        long calls = thread.calls.size();
        assertThat(poll.notices()).singleElement().satisfies(n -> {
            Notice.FreshnessChanged changed = (Notice.FreshnessChanged) n;
            assertThat(changed.freshness().source()).isEqualTo(Freshness.Source.DEGRADED);
            assertThat(changed.reason()).isEqualTo("throttled");
        });
        thread.fault = call -> null;
        ChatMessage sent = thread.send(BOB, "while throttled");
        poll.poke(sent, EventGroup.MESSAGES);
        ticker.pass(8_000);
        assertThat(thread.calls).hasSize((int) calls);
        ticker.pass(9_000);
        assertThat(poll.events()).containsExactly(new MessageReceived(FakeThread.ID, sent));
        assertThat(poll.notices()).hasSize(2).last().satisfies(n -> assertThat(
                        ((Notice.FreshnessChanged) n).freshness().source())
                .isEqualTo(Freshness.Source.POLL));
    }

    /** The thread was once polled less and less often, and no metric said why. */
    @Test
    void poll_held_by_the_rate_limiter_is_counted_as_skipped() {
        poll.watch(ALICE);
        ticker.pass(5_000);
        assertThat(skipped()).isZero();
        thread.heldMs = 10_000;
        ticker.pass(60_000);
        assertThat(skipped()).isBetween(4.0, 10.0);
        assertThat(thread.calls.size()).isLessThan(30);
    }

    private double skipped() {
        return poll.meters
                .get("chatgateway.polls")
                .tag("outcome", "skipped")
                .counter()
                .count();
    }

    @Test
    void outage_of_a_minute_loses_nothing() {
        poll.watch(ALICE);
        thread.fault = call -> FakeThread.down();
        List<ChatEvent> expected = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            expected.add(new MessageReceived(FakeThread.ID, thread.send(BOB, "m" + i)));
            ticker.pass(1_000);
        }
        thread.fault = call -> null;
        ticker.pass(40_000);
        assertThat(poll.events()).isEqualTo(expected);
    }

    @Test
    void thread_without_subscribers_lingers_then_ends() {
        poll.watch(ALICE);
        poll.unwatch(ALICE);
        long before = thread.count("messages");
        ticker.pass(50_000);
        assertThat(thread.count("messages") - before).isBetween(9L, 24L);
        ticker.pass(20_000);
        assertThat(poll.poller.size()).isZero();
        assertThat(ticker.waiting()).isZero();
    }

    @Test
    void many_new_subscribers_share_the_calls() {
        for (int i = 0; i < 200; i++) {
            thread.join("8:acs:user" + i, 0);
        }
        List<Future<Watched>> all = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            all.add(poll.ask("8:acs:user" + i));
        }
        assertThat(ticker.passUntil(1_000, () -> all.stream().allMatch(Future::succeeded)))
                .isTrue();
        assertThat(thread.count("participants")).isEqualTo(1);
        assertThat(thread.count("messages")).isLessThanOrEqualTo(2);
    }

    @Test
    void subscription_that_cannot_be_polled_fails_in_time() {
        thread.fault = call -> call.operation().equals("messages") ? FakeThread.down() : null;
        Future<Watched> watched = poll.ask(ALICE);
        ticker.pass(15_000);
        assertThat(watched.cause()).isInstanceOfSatisfying(ChatServiceException.class, e -> assertThat(e.status())
                .isEqualTo(503));
        ticker.pass(80_000);
        assertThat(poll.poller.size()).isZero();
    }
}
