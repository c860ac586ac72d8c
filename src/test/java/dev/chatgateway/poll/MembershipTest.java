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

/** Which tokens are used, which users are proven, which subscriptions end. */
class MembershipTest {
    private final ThreadRegistryFixture poll = new ThreadRegistryFixture();
    private final FakeThread thread = poll.thread;
    private final VirtualScheduler ticker = poll.ticker;

    @Test
    void non_member_is_refused_and_delays_nobody() {
        poll.watch(ALICE);
        Future<Watched> stranger = poll.ask(CAROL);
        ChatMessage sent = thread.send(BOB, "m");
        ticker.pass(6_000);
        assertThat(stranger.cause()).isInstanceOfSatisfying(ChatServiceException.class, e -> assertThat(e.status())
                .isEqualTo(403));
        assertThat(poll.events()).containsExactly(new MessageReceived(FakeThread.ID, sent));
        assertThat(thread.calls.stream().filter(c -> c.userId().equals(CAROL)).toList())
                .singleElement()
                .satisfies(c -> assertThat(c.operation()).isEqualTo("properties"));
    }

    @Test
    void tokens_are_used_in_turn() {
        poll.watch(ALICE);
        poll.watch(BOB);
        thread.calls.clear();
        ticker.pass(60_000);
        long alice = thread.calls.stream().filter(c -> c.userId().equals(ALICE)).count();
        assertThat(alice).isBetween(thread.calls.size() / 3L, thread.calls.size() * 2L / 3);
    }

    @Test
    void refused_token_pauses_its_user_and_another_is_used() {
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
    void second_proof_resumes_a_paused_user() {
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
    void refusals_of_many_users_are_an_outage() {
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
    void nothing_is_published_on_a_roster_older_than_ten_minutes() {
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
    void removal_of_a_lone_subscriber_is_found() {
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
    void too_many_changes_in_partial_views_are_a_resync() {
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
    void late_joiner_lists_nothing_before_its_history() {
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
    void two_users_with_404_mean_a_deleted_thread() {
        poll.watch(ALICE);
        poll.watch(BOB);
        thread.fault = call -> FakeThread.refusal(404);
        ticker.pass(6_000);
        deleted();
    }

    @Test
    void deletedOn_means_that_the_thread_is_deleted() {
        poll.watch(ALICE);
        thread.deletedOn = Instant.ofEpochMilli(ticker.now());
        poll.poller.poke(new Poke(FakeThread.ID, "", 0, true, Set.of(EventGroup.PROPERTIES)));
        ticker.pass(500);
        deleted();
    }

    @Test
    void one_404_after_a_deletion_here_means_a_deleted_thread() {
        poll.watch(ALICE);
        thread.fault = call -> FakeThread.refusal(404);
        poll.poller.poke(new Poke(FakeThread.ID, "", 0, true, Set.of(EventGroup.PROPERTIES)));
        ticker.pass(500);
        deleted();
    }

    @Test
    void visibility_check_waits_for_a_young_message() {
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

    private void deleted() {
        assertThat(poll.updates.get(poll.updates.size() - 1).ended()).isEqualTo(EndReason.THREAD_DELETED);
        assertThat(poll.events().stream().filter(e -> e instanceof ThreadDeleted))
                .hasSize(1);
        assertThat(poll.poller.size()).isZero();
        thread.calls.clear();
        ticker.pass(60_000);
        assertThat(thread.calls).isEmpty();
    }

    /** Its subscriber was once added after it had been removed: the thread was polled for ever. */
    @Test
    void subscription_abandoned_during_its_proof_leaves_nothing() {
        var given = poll.ask(ALICE);
        ticker.pass(5);
        poll.unwatch(ALICE);
        ticker.pass(200_000);
        assertThat(given.failed()).isTrue();
        assertThat(poll.poller.size()).isZero();
    }

    /** It was once answered with a roster that does not name the user, and the subscription hung. */
    @Test
    void user_removed_during_the_poll_that_answers_is_refused() {
        thread.add(CAROL, 0);
        poll.watch(ALICE);
        thread.remove(CAROL);
        var asked = poll.ask(CAROL);
        ticker.passUntil(20_000, asked::isComplete);
        assertThat(asked.failed()).isTrue();
        assertThat(((ChatServiceException) asked.cause()).status()).isEqualTo(403);
    }

    /** The user was once served until the next list of participants, minutes later. */
    @Test
    void user_removed_before_the_first_listing_is_refused() {
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

    /** The window once began at the end of the second, above the message. */
    @Test
    void lone_user_gets_changes_of_the_second_it_joined_in() {
        long second = (ticker.now() / 1000 + 1) * 1000;
        ticker.pass(second + 400 - ticker.now());
        thread.add(CAROL, second);
        ChatMessage sent = thread.send(BOB, "in the same second");
        poll.watch(CAROL);
        ticker.pass(5_000);
        ChatMessage changed = thread.edit(sent, "changed");
        ticker.pass(40_000);
        assertThat(poll.events()).contains(new ChatEvent.MessageEdited(FakeThread.ID, changed));
    }

    /** The hub once held back the update without the user, and so never ended the subscription. */
    @Test
    void user_removed_while_held_back_is_ended() {
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
