package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static dev.chatgateway.poll.ThreadRegistryFixture.CAROL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatEvent.ParticipantsAdded;
import dev.chatgateway.event.ChatEvent.ParticipantsRemoved;
import dev.chatgateway.event.ChatEvent.ThreadDeleted;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.access.ProofAge;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Use of tokens, membership proofs, and the end of subscriptions, in virtual time. */
class MembershipTest {
    private final ThreadRegistryFixture poll = new ThreadRegistryFixture();
    private final FakeThread thread = poll.thread;
    private final VirtualScheduler ticker = poll.ticker;

    @Test
    void non_member_is_refused_and_delays_no_subscriber() {
        poll.watch(ALICE);
        Future<Watched> nonMember = poll.ask(CAROL);
        ChatMessage sent = thread.send(BOB, "m");
        ticker.pass(6_000);
        assertThat(nonMember.cause()).isInstanceOfSatisfying(ChatServiceException.class, e -> assertThat(e.status())
                .isEqualTo(403));
        assertThat(poll.events()).containsExactly(new MessageReceived(FakeThread.ID, sent));
        assertThat(thread.calls.stream().filter(c -> c.userId().equals(CAROL)).toList())
                .singleElement()
                .satisfies(c -> assertThat(c.operation()).isEqualTo("properties"));
    }

    @Test
    void polls_rotate_through_the_tokens() {
        poll.watch(ALICE);
        poll.watch(BOB);
        thread.calls.clear();
        ticker.pass(60_000);
        long alice = thread.calls.stream().filter(c -> c.userId().equals(ALICE)).count();
        assertThat(alice).isBetween(thread.calls.size() / 3L, thread.calls.size() * 2L / 3);
    }

    @Test
    void refused_token_pauses_its_user_and_another_token_polls() {
        poll.watch(ALICE);
        poll.watch(BOB);
        thread.fault = call -> call.userId().equals(ALICE) ? FakeThread.refusal(401) : null;
        ChatMessage sent = thread.send(BOB, "m");
        ticker.pass(12_000);
        assertThat(poll.events()).contains(new MessageReceived(FakeThread.ID, sent));
        assertThat(poll.notices())
                .containsSubsequence(
                        new Notice.Paused(Set.of(ALICE)), new Notice.Ended(Set.of(ALICE), EndReason.REFUSED));
    }

    @Test
    void membership_proof_resumes_a_paused_user() {
        poll.watch(ALICE);
        poll.watch(BOB);
        thread.fault = call ->
                call.userId().equals(ALICE) && call.operation().equals("messages") ? FakeThread.refusal(403) : null;
        assertThat(ticker.passUntil(12_000, () -> poll.notices().contains(new Notice.Paused(Set.of(ALICE)))))
                .isTrue();
        thread.fault = call -> null;
        ticker.pass(4_000);
        assertThat(poll.notices()).contains(new Notice.Resumed(Set.of(ALICE)));
        assertThat(poll.notices()).noneMatch(n -> n instanceof Notice.Ended);
    }

    @Test
    void refusals_of_many_users_end_no_subscription() {
        for (int i = 0; i < 15; i++) {
            thread.join("8:acs:user" + i, 0);
            poll.watch("8:acs:user" + i);
        }
        thread.fault = call -> FakeThread.refusal(403);
        ticker.pass(30_000);
        thread.fault = call -> null;
        ChatMessage sent = thread.send(BOB, "after the outage");
        ticker.pass(60_000);
        assertThat(poll.notices().stream().filter(n -> n instanceof Notice.Ended))
                .isEmpty();
        assertThat(poll.updates).noneMatch(u -> u.ended() != null);
        assertThat(poll.events()).contains(new MessageReceived(FakeThread.ID, sent));
    }

    @Test
    void events_stop_when_the_roster_is_ten_minutes_old() {
        poll.watch(ALICE);
        poll.watch(BOB);
        thread.fault = call -> call.operation().equals("participants") ? FakeThread.down() : null;
        long proven = ticker.now();
        List<ChatMessage> sent = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            sent.add(thread.send(BOB, "m" + i));
            ticker.pass(6_000);
        }
        assertThat(poll.updates).filteredOn(u -> !u.items().isEmpty()).allSatisfy(u -> assertThat(u.seenAtMs())
                .isLessThan(proven + ProofAge.LIFE_MS));
        assertThat(poll.events()).hasSizeBetween(90, 101);
        assertThat(poll.notices()).last().satisfies(n -> assertThat(
                        ((Notice.FreshnessChanged) n).freshness().source())
                .isEqualTo(Freshness.Source.DEGRADED));

        thread.fault = call -> null;
        ticker.pass(30_000);
        assertThat(poll.events())
                .containsExactlyElementsOf(sent.stream()
                        .map(m -> (ChatEvent) new MessageReceived(FakeThread.ID, m))
                        .toList());
        assertThat(poll.notices()).last().satisfies(n -> assertThat(
                        ((Notice.FreshnessChanged) n).freshness().source())
                .isEqualTo(Freshness.Source.POLL));
        assertThat(poll.notices()).noneMatch(n -> n instanceof Notice.ResyncNeeded || n instanceof Notice.Ended);
    }

    @Test
    void removed_participant_leaves_the_roster_with_the_event() {
        poll.watch(ALICE);
        poll.watch(BOB);
        thread.send(ALICE, "before");
        thread.remove(BOB);
        ChatMessage secret = thread.send(ALICE, "after");
        ticker.pass(12_000);
        ThreadUpdate last = poll.updates.stream()
                .filter(u ->
                        u.items().stream().anyMatch(i -> i.event().equals(new MessageReceived(FakeThread.ID, secret))))
                .findFirst()
                .orElseThrow();
        assertThat(last.roster().member(BOB)).isEmpty();
        assertThat(poll.events().stream().filter(e -> e instanceof ParticipantsRemoved))
                .hasSize(1);
        thread.calls.clear();
        ticker.pass(30_000);
        assertThat(thread.calls).noneMatch(c -> c.userId().equals(BOB));
    }

    @Test
    void only_subscriber_is_ended_when_removed_from_the_thread() {
        poll.watch(BOB);
        thread.remove(BOB);
        thread.send(ALICE, "secret");
        ticker.pass(11 * 60_000);
        assertThat(poll.updates.get(poll.updates.size() - 1).roster().member(BOB))
                .isEmpty();
        assertThat(poll.events()).noneMatch(e -> e instanceof MessageReceived);
        ticker.pass(70_000);
        assertThat(poll.poller.size()).isZero();
    }

    @Test
    void user_removed_and_added_again_is_not_ended() {
        poll.watch(ALICE);
        poll.watch(BOB);
        thread.remove(BOB);
        thread.add(BOB, 0);
        ChatMessage sent = thread.send(ALICE, "welcome back");
        ticker.pass(15_000);
        assertThat(poll.events()).contains(new MessageReceived(FakeThread.ID, sent));
        assertThat(poll.updates).allMatch(u -> u.roster().member(BOB).isPresent());
        assertThat(poll.notices().stream().filter(n -> n instanceof Notice.Ended))
                .isEmpty();
    }

    /** Only the listing of a user who sees the whole history moves the mark: beyond a bound it is moved without one. */
    @Test
    void too_many_changes_in_partial_views_cause_a_resync() {
        thread.send(BOB, "old");
        ticker.pass(5_000);
        poll.watch(ALICE);
        thread.join(CAROL, ticker.now());
        poll.watch(CAROL);
        ticker.pass(2_000);
        thread.fault = call -> !call.userId().equals(ALICE)
                ? null
                : call.operation().equals("participants") ? FakeThread.down() : FakeThread.refusal(403);
        for (int i = 0; i < 600; i++) {
            thread.send(BOB, "m" + i);
            ticker.pass(50);
        }
        ticker.pass(10_000);
        assertThat(poll.notices())
                .contains(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Resync.Cause.PARTIAL_VIEW)));
    }

    @Test
    void late_joiner_is_proven_by_the_roster_and_polls_alone() {
        poll.watch(ALICE);
        thread.send(ALICE, "old");
        ticker.pass(10_000);
        thread.add(CAROL, ticker.now());
        ticker.pass(6_000);
        assertThat(poll.events().stream().filter(e -> e instanceof ParticipantsAdded))
                .hasSize(1);
        poll.watch(CAROL);
        poll.unwatch(ALICE);
        ChatMessage sent = thread.send(ALICE, "new");
        ticker.pass(10_000);
        assertThat(poll.events()).contains(new MessageReceived(FakeThread.ID, sent));
        assertThat(poll.notices()).isEmpty();
    }

    @Test
    void thread_is_deleted_when_two_users_get_404() {
        poll.watch(ALICE);
        poll.watch(BOB);
        thread.fault = call -> FakeThread.refusal(404);
        ticker.pass(6_000);
        assertDeleted();
    }

    @Test
    void thread_is_deleted_when_its_properties_have_deletedOn() {
        poll.watch(ALICE);
        thread.deletedOn = Instant.ofEpochMilli(ticker.now());
        poll.poller.poke(new Poke(FakeThread.ID, "", 0, true, Set.of(EventGroup.PROPERTIES)));
        ticker.pass(500);
        assertDeleted();
    }

    @Test
    void one_404_suffices_after_a_deletion_through_the_gateway() {
        poll.watch(ALICE);
        thread.fault = call -> FakeThread.refusal(404);
        poll.poller.poke(new Poke(FakeThread.ID, "", 0, true, Set.of(EventGroup.PROPERTIES)));
        ticker.pass(500);
        assertDeleted();
    }

    @Test
    void visibility_check_waits_until_a_new_message_is_listed() {
        poll.watch(ALICE);
        ticker.pass(2_000);
        thread.behindMs = 700;
        ChatMessage sent = thread.send(BOB, "just now");
        Future<Boolean> sees = poll.poller.sees(FakeThread.ID, "socket of " + ALICE, sent.id(), sent.version());
        ticker.pass(100);
        assertThat(sees.isComplete()).isFalse();
        ticker.pass(3_000);
        assertThat(sees.result()).isTrue();
        Future<Boolean> other = poll.poller.sees(FakeThread.ID, "socket of " + ALICE, "1700000000000", 1700000000000L);
        ticker.pass(3_000);
        assertThat(other.result()).isFalse();
    }

    private void assertDeleted() {
        assertThat(poll.updates.get(poll.updates.size() - 1).ended()).isEqualTo(EndReason.THREAD_DELETED);
        assertThat(poll.events().stream().filter(e -> e instanceof ThreadDeleted))
                .hasSize(1);
        assertThat(poll.poller.size()).isZero();
        thread.calls.clear();
        ticker.pass(60_000);
        assertThat(thread.calls).isEmpty();
    }

    /** Regression: the proven subscriber was added after its removal, and the thread was polled for ever. */
    @Test
    void subscription_abandoned_during_its_proof_stops_polling() {
        var abandoned = poll.ask(ALICE);
        ticker.pass(5);
        poll.unwatch(ALICE);
        ticker.pass(200_000);
        assertThat(abandoned.failed()).isTrue();
        assertThat(poll.poller.size()).isZero();
    }

    /** Regression: the subscription completed with a roster without its user, and never got events or an end. */
    @Test
    void user_removed_in_the_completing_poll_is_refused() {
        thread.add(CAROL, 0);
        poll.watch(ALICE);
        thread.remove(CAROL);
        var asked = poll.ask(CAROL);
        ticker.passUntil(20_000, asked::isComplete);
        assertThat(asked.failed()).isTrue();
        assertThat(((ChatServiceException) asked.cause()).status()).isEqualTo(403);
    }

    /** Regression: the user got events until the next list of participants was read, minutes later. */
    @Test
    void user_removed_between_roster_and_listing_gets_no_events() {
        var asked = poll.ask(BOB);
        ticker.pass(thread.latencyMs + 5);
        thread.remove(BOB);
        ticker.passUntil(20_000, asked::isComplete);
        thread.send(ALICE, "among ourselves");
        ticker.pass(20_000);
        assertThat(poll.updates).allSatisfy(update -> {
            if (!update.items().isEmpty()) {
                assertThat(update.roster().member(BOB)).isEmpty();
            }
        });
        assertThat(poll.poller.size()).isZero();
    }

    /**
     * Regression: the window began at the end of the second from which the user sees messages, so that a message within
     * it was not compared.
     */
    @Test
    void only_subscriber_gets_edits_from_its_first_visible_second() {
        long visibleFrom = (ticker.now() / 1000 + 1) * 1000;
        ticker.pass(visibleFrom + 400 - ticker.now());
        thread.add(CAROL, visibleFrom);
        ChatMessage sent = thread.send(BOB, "in the same second");
        poll.watch(CAROL);
        ticker.pass(5_000);
        ChatMessage changed = thread.edit(sent, "changed");
        ticker.pass(40_000);
        assertThat(poll.events()).contains(new ChatEvent.MessageEdited(FakeThread.ID, changed));
    }

    /** Regression: the hub held back the update whose roster lacks the user, and never ended the subscription. */
    @Test
    void paused_user_is_ended_when_removed() {
        poll.watch(ALICE);
        poll.watch(BOB);
        ticker.pass(2_000);
        thread.fault = call -> call.userId().equals(BOB) ? FakeThread.refusal(403) : null;
        assertThat(ticker.passUntil(5_000, () -> poll.notices().contains(new Notice.Paused(Set.of(BOB)))))
                .isTrue();
        thread.remove(BOB);
        ticker.pass(3_000);
        assertThat(poll.notices()).contains(new Notice.Ended(Set.of(BOB), EndReason.REMOVED));
    }
}
