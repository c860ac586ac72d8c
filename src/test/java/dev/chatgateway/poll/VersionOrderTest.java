package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static dev.chatgateway.poll.ThreadRegistryFixture.CAROL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent.MessageDeleted;
import dev.chatgateway.event.ChatEvent.MessageEdited;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.diff.ListOrder;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Polling by version, and its reaction to listings that are late, stale or not in order, in virtual time. */
class VersionOrderTest {
    private final ThreadRegistryFixture poll = new ThreadRegistryFixture();
    private final FakeThread thread = poll.thread;
    private final VirtualScheduler ticker = poll.ticker;
    private final List<ChatMessage> sent = new ArrayList<>();

    private void sendHistory(int messages) {
        for (int i = 0; i < messages; i++) {
            sent.add(thread.send(BOB, "m" + i));
            ticker.pass(100);
        }
    }

    private double counter(String name) {
        return poll.meters.get("chatgateway." + name).counter().count();
    }

    @Test
    void version_an_hour_ahead_hides_nothing() {
        sendHistory(30);
        poll.watch(ALICE);
        thread.editAhead(sent.get(3), 3_600_000);
        ticker.pass(2_000);
        for (int i = 0; i < 50; i++) {
            sent.add(thread.send(BOB, "after " + i));
            thread.edit(sent.get(5), "edit " + i);
            ticker.pass(1_000);
        }
        ticker.pass(4_000);
        assertThat(poll.events()).hasSize(101);
        Position present = poll.watch(ALICE).position();
        assertThat(present.version()).isLessThanOrEqualTo(ticker.now() + 10_000);
        assertThat(counter("late.states")).isZero();
    }

    /** A cursor that was issued before the late state was listed is resumed from below it. */
    @Test
    void state_later_than_the_overlap_reaches_all_subscribers() {
        sendHistory(5);
        poll.watch(BOB);
        Position before = poll.watch(ALICE).position();
        ChatMessage late = thread.late(thread.send(BOB, "late"), 20_000);
        for (int i = 0; i < 15; i++) {
            ticker.pass(1_000);
            thread.send(BOB, "in time " + i);
        }
        ticker.pass(1_000);
        Position passed = poll.watch(ALICE).position();
        assertThat(passed.version()).isGreaterThan(before.version());
        poll.unwatch(ALICE);
        ticker.pass(10_000);
        assertThat(counter("late.states")).isEqualTo(1);
        assertThat(poll.events().stream().filter(e -> e.toString().contains(late.id())))
                .hasSize(1);
        assertThat(ids(resume(passed))).contains(late.id());
        assertThat(ids(resume(poll.watch(BOB).position()))).isEmpty();
    }

    @Test
    void edit_through_the_gateway_that_is_not_at_the_top_is_a_violation() {
        sendHistory(300);
        poll.watch(ALICE);
        thread.listsById = true;
        ChatMessage edited = thread.edit(sent.get(10), "edited");
        thread.send(BOB, "newer");
        poll.poke(edited, EventGroup.EDITS);
        ticker.pass(5_000);
        assertThat(counter("list.order.violations")).isPositive();
        assertThat(poll.notices()).contains(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Cause.LIST_ORDER)));
        assertThat(poll.events()).hasAtLeastOneElementOfType(MessageEdited.class);
        Watched watched = poll.watch(ALICE);
        assertThat(watched.freshness().source()).isEqualTo(Freshness.Source.DEGRADED);
        assertThat(watched.horizon())
                .isAfter(thread.messages.get(thread.messages.firstKey()).createdOn());
        assertThat(resume(watched.position()).catchUp().resync())
                .isEqualTo(new Resync(ResyncReason.CURSOR_MISMATCH, Cause.LIST_ORDER));
    }

    /** Regression: writes that were due to be read by id in a pass that is not full were forgotten. */
    @Test
    void unlisted_write_is_read_by_id_after_the_next_full_pass() {
        sendHistory(300);
        poll.watch(ALICE);
        thread.join(CAROL, ticker.now());
        poll.watch(CAROL);
        thread.listsById = true;
        ChatMessage edited = thread.edit(sent.get(10), "edited");
        thread.fault = call ->
                call.userId().equals(ALICE) && call.operation().equals("messages") ? FakeThread.refusal(403) : null;
        poll.poke(edited, EventGroup.EDITS);
        ticker.pass(10_000);
        assertThat(thread.count("message")).isZero();
        thread.fault = call -> null;
        ticker.pass(30_000);
        assertThat(thread.count("message")).isEqualTo(1);
        assertThat(poll.events()).contains(new MessageEdited(FakeThread.ID, edited));
    }

    /** While the order is in doubt the newest 200 messages are compared one by one. */
    @Test
    void doubted_thread_is_compared_message_by_message() {
        sendHistory(300);
        poll.watch(ALICE);
        thread.listsById = true;
        thread.edit(sent.get(295), "shows the order");
        thread.send(BOB, "newer");
        ticker.pass(5_000);
        assertThat(counter("list.order.violations")).isPositive();
        int before = poll.events().size();
        thread.edit(sent.get(200), "edited");
        ChatMessage deleted = sent.get(299);
        thread.delete(deleted);
        ticker.pass(2_000);
        thread.send(BOB, "and new");
        ticker.pass(2_000);
        assertThat(poll.events()).hasSize(before + 3).hasAtLeastOneElementOfType(MessageDeleted.class);
        thread.listsById = false;
        ticker.pass(3_700_000);
        assertThat(poll.watch(ALICE).freshness().source()).isNotEqualTo(Freshness.Source.DEGRADED);
    }

    @Test
    void two_doubted_threads_put_all_in_doubt_for_an_hour() {
        ListOrder order = new ListOrder();
        assertThat(order.recordViolation("a", 0)).isTrue();
        assertThat(order.recordViolation("a", 1)).isFalse();
        assertThat(order.doubted("b", 1)).isFalse();
        assertThat(order.recordViolation("b", 1)).isTrue();
        assertThat(order.doubted("c", 1)).isTrue();
        assertThat(order.doubted("c", 3_600_001)).isFalse();
    }

    /** Event Grid may deliver a push up to a day late. */
    @Test
    void old_push_costs_no_call() {
        sendHistory(100);
        poll.watch(ALICE);
        ticker.pass(400_000);
        ChatMessage old = sent.get(3);
        long calls = thread.calls.size();
        ticker.passUntil(10_000, () -> thread.calls.size() > calls);
        ticker.pass(100);
        thread.calls.clear();
        poll.poller.pushed(new Poke(FakeThread.ID, old.id(), old.version(), false, Set.of()));
        ticker.pass(500);
        assertThat(thread.calls).isEmpty();
    }

    /** Only the late joiner has a usable token: the states it sees are published, and stay above the mark. */
    @Test
    void pass_with_a_late_joiners_token_does_not_move_the_mark() {
        sendHistory(20);
        Position before = poll.watch(ALICE).position();
        thread.join(CAROL, ticker.now());
        poll.watch(CAROL);
        ChatMessage seen = thread.send(BOB, "seen");
        thread.edit(sent.get(2), "hidden from the late joiner");
        thread.fault = call -> call.userId().equals(ALICE) ? FakeThread.refusal(401) : null;
        ticker.pass(1_500);
        assertThat(ids(poll)).contains(seen.id());
        Position during = poll.updates.get(poll.updates.size() - 1).position();
        assertThat(during.version()).isLessThan(seen.version()).isGreaterThanOrEqualTo(before.version());
        thread.fault = call -> null;
        ticker.pass(20_000);
        assertThat(poll.events()).hasAtLeastOneElementOfType(MessageEdited.class);
    }

    /** Events do not wait for a listing that goes down to an old cursor. */
    @Test
    void new_states_are_published_before_a_deep_resume() {
        sendHistory(10);
        Position old = poll.watch(ALICE).position();
        poll.unwatch(ALICE);
        poll.watch(BOB);
        sendHistory(1_500);
        ticker.pass(400_000);
        thread.latencyMs = 1_000;
        ChatMessage newState = thread.send(BOB, "new");
        Future<Watched> resumed = poll.resume(ALICE, old);
        assertThat(ticker.passUntil(4_000, () -> ids(poll).contains(newState.id())))
                .isTrue();
        assertThat(resumed.isComplete()).isFalse();
        assertThat(ticker.passUntil(30_000, resumed::isComplete)).isTrue();
    }

    /** Regression: each poll listed ten pages, did not meet the mark, and resynchronized all subscribers. */
    @Test
    void thousands_of_changes_within_the_overlap_are_published() {
        poll.watch(ALICE);
        for (int i = 0; i < 300; i++) {
            for (int j = 0; j < 5; j++) {
                sent.add(thread.send(BOB, "m"));
            }
            ticker.pass(10);
        }
        ticker.pass(5_000);
        assertThat(poll.events()).hasSize(1_500);
        assertThat(poll.notices()).noneMatch(Notice.ResyncNeeded.class::isInstance);
        thread.calls.clear();
        thread.edit(sent.get(0), "edited");
        ticker.pass(1_100);
        assertThat(poll.events()).hasSize(1_501);
        assertThat(thread.count("messages")).isLessThanOrEqualTo(2);
    }

    /** Only the resuming subscriber resynchronizes, and no listing is made for such a cursor again for a minute. */
    @Test
    void resume_beyond_the_page_limit_lists_once_a_minute() {
        sendHistory(10);
        Position old = poll.watch(ALICE).position();
        poll.unwatch(ALICE);
        poll.watch(BOB);
        for (int i = 0; i < 2_500; i++) {
            thread.send(BOB, "m" + i);
            ticker.pass(20);
        }
        ticker.pass(400_000);
        int notices = poll.notices().size();
        assertThat(resume(old).catchUp().resync())
                .isEqualTo(new Resync(ResyncReason.CURSOR_TOO_OLD, Cause.RESUME_PAGES));
        thread.calls.clear();
        assertThat(resume(old).catchUp().resync())
                .isEqualTo(new Resync(ResyncReason.CURSOR_TOO_OLD, Cause.RESUME_PAGES));
        assertThat(thread.count("messages")).isLessThanOrEqualTo(1);
        assertThat(poll.notices().subList(notices, poll.notices().size()))
                .as("no gap for live subscribers")
                .noneMatch(Notice.ResyncNeeded.class::isInstance);
    }

    /** The service lists an earlier state of the thread: no known state is forgotten or published again. */
    @Test
    void stale_listing_changes_no_state_and_degrades_freshness() {
        sendHistory(10);
        poll.watch(ALICE);
        poll.watch(BOB);
        ChatMessage known = thread.send(BOB, "known");
        ticker.pass(2_000);
        assertThat(ids(poll)).containsOnlyOnce(known.id());
        thread.behindMs = 30_000;
        ticker.pass(20_000);
        assertThat(poll.notices().stream()
                        .filter(Notice.FreshnessChanged.class::isInstance)
                        .map(notice ->
                                ((Notice.FreshnessChanged) notice).freshness().source()))
                .contains(Freshness.Source.DEGRADED);
        thread.behindMs = 0;
        ticker.pass(10_000);
        assertThat(ids(poll)).containsOnlyOnce(known.id());
        assertThat(poll.notices()).noneMatch(Notice.ResyncNeeded.class::isInstance);
    }

    private static List<String> ids(ThreadRegistryFixture poll) {
        return poll.events().stream()
                .map(e -> ResumeProperties.message(e).map(ChatMessage::id).orElse(""))
                .toList();
    }

    private static List<String> ids(Watched watched) {
        return watched.catchUp().items().stream()
                .map(Item::event)
                .map(e -> ResumeProperties.message(e).map(ChatMessage::id).orElse(""))
                .toList();
    }

    private Watched resume(Position since) {
        Future<Watched> watched = poll.resume(ALICE, since);
        ticker.passUntil(20_000, watched::isComplete);
        assertThat(watched.cause()).isNull();
        return watched.result();
    }
}
