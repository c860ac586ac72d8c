package dev.chatgateway.poll;

import static dev.chatgateway.poll.PollerFixture.ALICE;
import static dev.chatgateway.poll.PollerFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.MessageDeleted;
import dev.chatgateway.event.ChatEvent.MessageEdited;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RateLedger;
import dev.chatgateway.upstream.RateLedger.Admission;
import dev.chatgateway.upstream.RateWindows;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Edits and deletes of messages older than the window, made past the gateway, in virtual time. */
class SweepTest {
    /** A pass of 10 pages, one in 30 s, and the way back to the first. */
    private static final long CYCLE_MS = 2 * 11 * 33_000;

    private final PollerFixture poll = new PollerFixture(PollerFixture.config(5_000, 50, 10));
    private final FakeThread thread = poll.thread;
    private final VirtualTicker ticker = poll.ticker;
    private final List<ChatMessage> sent = new ArrayList<>();

    private void history(int messages) {
        for (int i = 0; i < messages; i++) {
            sent.add(thread.send(BOB, "m" + i));
            ticker.pass(100);
        }
    }

    @Test
    void an_old_edit_and_an_old_delete_are_found_and_told_once() {
        history(1_000);
        poll.watch(ALICE);
        ticker.pass(60_000);
        thread.edit(sent.get(3), "edited");
        thread.delete(sent.get(500));
        ticker.pass(CYCLE_MS);
        assertThat(poll.events()).hasSize(2).hasAtLeastOneElementOfType(MessageEdited.class);
        assertThat(poll.events()).hasAtLeastOneElementOfType(MessageDeleted.class);
        thread.edit(sent.get(3), "and again");
        ticker.pass(2 * CYCLE_MS);
        assertThat(poll.events()).hasSize(3);
        assertThat(((MessageEdited) poll.events().get(2)).message().text()).isEqualTo("and again");
    }

    @Test
    void what_changed_before_the_watch_is_no_news_and_what_changed_before_the_first_pass_is() {
        history(1_000);
        for (int i = 0; i < 200; i++) {
            thread.edit(sent.get(i * 4), "long ago");
        }
        ticker.pass(120_000);
        poll.watch(ALICE);
        ticker.pass(1_000);
        thread.edit(sent.get(1), "before any page was read");
        ticker.pass(2 * CYCLE_MS);
        assertThat(poll.events()).singleElement().satisfies(e -> assertThat(
                        ((MessageEdited) e).message().id())
                .isEqualTo(sent.get(1).id()));
    }

    @Test
    void what_was_told_of_the_window_is_not_told_again_when_it_has_left_it() {
        history(100);
        poll.watch(ALICE);
        ticker.pass(1_000);
        thread.edit(sent.get(90), "in the window");
        ticker.pass(40_000);
        assertThat(poll.events()).hasSize(1);
        history(200);
        ticker.pass(CYCLE_MS);
        List<ChatEvent> edits =
                poll.events().stream().filter(e -> e instanceof MessageEdited).toList();
        assertThat(edits).hasSize(1);
    }

    @Test
    void an_edit_through_the_gateway_is_told_at_once_and_the_sweep_is_silent_about_it() {
        history(1_000);
        poll.watch(ALICE);
        ticker.pass(1_000);
        thread.edit(sent.get(10), "through the gateway");
        poll.poke(sent.get(10), EventGroup.EDITS);
        ticker.pass(1_000);
        assertThat(poll.events()).hasSize(1);
        ticker.pass(2 * CYCLE_MS);
        assertThat(poll.events()).hasSize(1);
    }

    @Test
    void the_horizon_follows_the_sweep_and_says_how_late_an_edit_may_be() {
        history(3_000);
        Watched first = poll.watch(ALICE);
        assertThat(first.horizon()).isEqualTo(sent.get(2_950).createdOn());
        assertThat(first.horizonStalenessMs()).isBetween(30_000L, 60_000L);
        ticker.pass(CYCLE_MS);
        Watched later = poll.watch(BOB);
        assertThat(later.horizon()).isEqualTo(sent.get(1_000).createdOn());
        assertThat(later.horizonStalenessMs()).isBetween(250_000L, 400_000L);
        thread.edit(sent.get(1_000), "at the horizon");
        thread.edit(sent.get(999), "before it");
        ticker.pass(later.horizonStalenessMs());
        assertThat(poll.events())
                .singleElement()
                .satisfies(e -> assertThat(((MessageEdited) e).message().text()).isEqualTo("at the horizon"));
    }

    @Test
    void more_changed_messages_than_can_be_remembered_raise_the_horizon_and_are_not_told_twice() {
        history(1_500);
        poll.watch(ALICE);
        ticker.pass(CYCLE_MS);
        sent.subList(0, 1_400).forEach(m -> thread.edit(m, "all at once"));
        ticker.pass(3 * CYCLE_MS);
        Instant horizon = poll.watch(BOB).horizon();
        long within = sent.stream()
                .filter(m -> !m.createdOn().isBefore(horizon))
                .filter(m -> sent.indexOf(m) < 1_400)
                .count();
        assertThat(within).isBetween(500L, (long) OldStates.MOST);
        assertThat(poll.events().stream()
                        .map(e -> ((MessageEdited) e).message().id())
                        .distinct()
                        .count())
                .isEqualTo(poll.events().size())
                .isGreaterThanOrEqualTo(within);
    }

    @Test
    void a_late_joiner_alone_neither_sees_nor_promises_what_was_before() {
        history(1_000);
        thread.add(PollerFixture.CAROL, sent.get(700).arrivedAt());
        Watched watched = poll.watch(PollerFixture.CAROL);
        ticker.pass(CYCLE_MS);
        thread.edit(sent.get(600), "before her time");
        thread.edit(sent.get(800), "in her time");
        ticker.pass(CYCLE_MS);
        assertThat(poll.events())
                .singleElement()
                .satisfies(e -> assertThat(((MessageEdited) e).message().text()).isEqualTo("in her time"));
        assertThat(watched.horizon()).isAfter(sent.get(700).createdOn());
        assertThat(poll.watch(PollerFixture.CAROL).horizon())
                .isEqualTo(sent.get(700).createdOn());
    }

    @Test
    void who_comes_back_to_a_position_gets_the_old_edit_found_meanwhile() {
        history(1_000);
        poll.watch(BOB);
        Watched before = poll.watch(ALICE);
        ticker.pass(CYCLE_MS);
        poll.unwatch(ALICE);
        thread.edit(sent.get(900), "while she was away");
        ticker.passUntil(CYCLE_MS, () -> !poll.events().isEmpty());
        Future<Watched> back = poll.resume(ALICE, before.position());
        ticker.passUntil(20_000, back::isComplete);
        assertThat(back.result().catchUp().items()).singleElement().satisfies(i -> assertThat(
                        ((MessageEdited) i.event()).message().text())
                .isEqualTo("while she was away"));
    }

    @Test
    void the_sweep_gives_way_to_polls_when_the_ledger_runs_low() {
        history(1_000);
        RateLedger ledger = new RateLedger(RateWindows.published());
        Map<Priority, Integer> admitted = new EnumMap<>(Priority.class);
        thread.admission = priority -> {
            ChatCall call =
                    ChatCall.of(ChatOperation.LIST_MESSAGES, PollerFixture.token(ALICE), FakeThread.ID, priority);
            if (!(ledger.admit(call, ticker.now(), 0) instanceof Admission.Granted granted)) {
                return FakeThread.throttled(1_000);
            }
            admitted.merge(priority, 1, Integer::sum);
            ledger.settled(granted.permit(), true, ticker.now());
            return null;
        };
        poll.watch(ALICE);
        Runnable[] other = new Runnable[1];
        other[0] = () -> {
            // Further polls with that token: more than a sweep may come on top of, fewer than polls are allowed.
            var unused = thread.admission.apply(Priority.POLL);
            ticker.schedule(900, other[0]);
        };
        other[0].run();
        ticker.pass(CYCLE_MS);
        assertThat(admitted.getOrDefault(Priority.SWEEP, 0)).isZero();
        ChatMessage news = thread.send(BOB, "polls go on");
        ticker.pass(20_000);
        assertThat(poll.events()).hasSize(1).allSatisfy(e -> assertThat(e.toString())
                .contains(news.id()));
        thread.edit(sent.get(5), "seen when there is room");
        thread.admission = priority -> null;
        ticker.pass(2 * CYCLE_MS);
        assertThat(poll.events()).hasSize(2);
    }
}
