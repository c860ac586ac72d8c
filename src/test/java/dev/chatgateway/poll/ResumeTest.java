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
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Resuming from a position, on a node that knows it and after a restart, in virtual time. */
class ResumeTest {
    private final ThreadRegistryFixture poll = new ThreadRegistryFixture();
    private final FakeThread thread = poll.thread;
    private final VirtualScheduler ticker = poll.ticker;

    @Test
    void resume_from_the_ring_makes_no_call() {
        poll.watch(BOB);
        ChatMessage first = thread.send(BOB, "first");
        ticker.pass(6_000);
        Position stopped = last();
        thread.edit(first, "changed");
        ChatMessage second = thread.send(BOB, "second");
        ChatMessage third = thread.send(BOB, "third");
        ticker.pass(2_000);
        thread.delete(third);
        ticker.pass(2_000);
        poll.watch(BOB);
        thread.calls.clear();
        Watched watched = resume(poll, stopped);
        assertThat(thread.calls).isEmpty();
        assertThat(watched.catchUp().resync()).isNull();
        assertThat(events(watched))
                .extracting(e -> e.getClass().getSimpleName())
                .containsExactly("MessageEdited", "MessageReceived", "MessageDeleted");
        assertThat(events(watched)).contains(new MessageReceived(FakeThread.ID, second));
        List<Item> items = watched.catchUp().items();
        assertThat(items.get(2).position()).isEqualTo(watched.position());
        assertThat(events(resume(poll, items.get(1).position()))).hasSize(1);
        assertThat(events(resume(poll, watched.position()))).isEmpty();
    }

    @Test
    void resume_after_a_restart_makes_one_listing() {
        for (int i = 0; i < 250; i++) {
            thread.send(BOB, "old" + i);
            ticker.pass(100);
        }
        ticker.pass(1_000);
        poll.watch(ALICE, EventGroup.MESSAGES, EventGroup.PROPERTIES);
        ChatMessage before = thread.send(BOB, "before");
        ticker.pass(6_000);
        Position stopped = last();
        thread.edit(before, "changed");
        ticker.pass(10);
        ChatMessage after = thread.send(BOB, "after");
        thread.rename("Coffee");
        thread.delete(thread.messages.get(thread.messages.firstKey() + 100));
        ThreadRegistryFixture restarted = restart();
        Watched watched = resume(restarted, stopped);
        assertThat(watched.catchUp().resync()).isNull();
        assertThat(events(watched).subList(0, 3))
                .extracting(ChatEvent::getClass)
                .contains(MessageEdited.class, MessageReceived.class, MessageDeleted.class);
        assertThat(events(watched)).contains(new MessageReceived(FakeThread.ID, after));
        assertThat(events(watched).get(3)).isInstanceOf(PropertiesUpdated.class);
        assertThat(thread.count("participants")).isEqualTo(1);
        assertThat(thread.count("messages")).isEqualTo(1);
    }

    /** Regression: after a restart all subscribers of the thread got a resync. */
    @Test
    void message_edited_before_and_after_the_cursor_comes_once() {
        ChatMessage edited = thread.send(BOB, "edited");
        ticker.pass(1_000);
        poll.watch(ALICE);
        thread.edit(edited, "once");
        ticker.pass(6_000);
        Position stopped = last();
        ChatMessage twice = thread.edit(edited, "twice");
        assertThat(events(resume(restart(), stopped))).containsExactly(new MessageEdited(FakeThread.ID, twice));
    }

    @Test
    void cursor_with_too_many_changes_after_it_is_a_resync() {
        poll.watch(ALICE);
        thread.send(BOB, "first");
        ticker.pass(6_000);
        Position stopped = last();
        for (int i = 0; i < 3_000; i++) {
            thread.send(BOB, "m" + i);
        }
        ticker.pass(5_000);
        assertThat(resume(restart(), stopped).catchUp())
                .isEqualTo(CatchUp.impossible(new Resync(ResyncReason.CURSOR_TOO_OLD, Cause.RESUME_PAGES)));
    }

    @Test
    void user_removed_and_added_again_gets_a_resync() {
        poll.watch(BOB);
        Position stopped = poll.watch(ALICE).position();
        thread.remove(ALICE);
        thread.add(ALICE, 0);
        ticker.pass(20_000);
        assertThat(resume(poll, stopped).catchUp())
                .isEqualTo(CatchUp.impossible(new Resync(ResyncReason.MEMBERSHIP_CHANGED, Cause.MEMBERSHIP)));
        thread.join(CAROL, ticker.now());
        assertThat(resume(restart(), stopped).catchUp())
                .isEqualTo(CatchUp.impossible(new Resync(ResyncReason.MEMBERSHIP_CHANGED, Cause.MEMBERSHIP)));
    }

    @Test
    void many_resumes_share_one_roster_call_and_one_listing() {
        Position stopped = poll.watch(ALICE).position();
        thread.send(BOB, "missed");
        ThreadRegistryFixture restarted = restart();
        List<Future<Watched>> all = new ArrayList<>();
        for (int i = 0; i < 5_000; i++) {
            String subscriber = "socket " + i;
            all.add(restarted.poller.watch(new dev.chatgateway.event.ThreadFeed.Watch(
                    FakeThread.ID, subscriber, ThreadRegistryFixture.token(ALICE), EventGroup.all(), stopped)));
        }
        ticker.passUntil(5_000, () -> all.stream().allMatch(Future::isComplete));
        assertThat(all)
                .allMatch(f -> f.succeeded() && f.result().catchUp().items().size() == 1);
        assertThat(all.stream()
                        .map(f -> System.identityHashCode(f.result().catchUp().items()))
                        .distinct())
                .hasSizeLessThanOrEqualTo(2);
        assertThat(thread.count("participants")).isEqualTo(1);
        assertThat(thread.count("messages")).isLessThanOrEqualTo(2);
    }

    /** Regression: the polls did not show the message, and the ring was taken to be complete without it. */
    @Test
    void resume_gets_messages_that_a_late_joiner_could_not_see() {
        poll.watch(ALICE);
        ChatMessage first = thread.send(BOB, "first");
        ticker.pass(6_000);
        Position stopped = last();
        poll.unwatch(ALICE);
        ChatMessage hidden = thread.send(BOB, "before the late joiner");
        ticker.pass(1);
        thread.add(CAROL, thread.messages.lastKey() + 1);
        poll.watch(CAROL);
        ticker.pass(10_000);
        Watched watched = resume(poll, stopped);
        assertThat(watched.catchUp().resync()).isNull();
        assertThat(events(watched)).contains(new MessageReceived(FakeThread.ID, hidden));
        assertThat(events(watched)).doesNotContain(new MessageReceived(FakeThread.ID, first));
    }

    /** Regression: receipts of the first listing after a restart were taken to be known to resuming clients. */
    @Test
    void receipts_advanced_during_a_restart_are_published() {
        poll.watch(ALICE, EventGroup.MESSAGES);
        ChatMessage sent = thread.send(BOB, "read me");
        ticker.pass(6_000);
        Position stopped = last();
        thread.read(BOB, sent);
        ticker.pass(300_000);
        thread.fault = call -> call.operation().equals("receipts") ? FakeThread.down() : null;
        ThreadRegistryFixture restarted = restart();
        assertThat(resume(restarted, stopped).catchUp().resync()).isNull();
        thread.fault = call -> null;
        ticker.pass(30_000);
        assertThat(restarted.events()).singleElement().isInstanceOf(ChatEvent.ReceiptMoved.class);
    }

    /** Regression: no listing after a restart reached edits of old messages. */
    @Test
    void old_edits_during_a_restart_are_published_to_resumes() {
        List<ChatMessage> sent = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            sent.add(thread.send(BOB, "m" + i));
            ticker.pass(100);
        }
        poll.watch(ALICE);
        ticker.pass(1_000);
        Position stopped = last();
        poll.poller.close();
        ChatMessage oldest = thread.edit(sent.get(0), "edited");
        ticker.pass(1);
        thread.delete(sent.get(500));
        Watched watched = resume(restart(), stopped);
        assertThat(events(watched)).hasSize(2).contains(new MessageEdited(FakeThread.ID, oldest));
        assertThat(thread.count("messages")).as("one listing").isLessThanOrEqualTo(2);
        assertThat(events(resume(restart(), watched.position())))
                .as("not repeated")
                .isEmpty();
    }

    /** Regression: a client that disconnected after the first of two states with one version lost the second. */
    @Test
    void disconnection_between_states_of_one_version_loses_none() {
        ChatMessage one = thread.send(BOB, "one");
        ChatMessage two = thread.send(BOB, "two");
        ticker.pass(20_000);
        poll.watch(ALICE);
        ticker.pass(1_000);
        Position stopped = last();
        thread.edit(one, "edited");
        thread.edit(two, "edited");
        thread.send(BOB, "three");
        List<Item> items = resume(restart(), stopped).catchUp().items();
        assertThat(items).hasSize(3);
        assertThat(events(resume(restart(), items.get(0).position())))
                .contains(items.get(1).event());
    }

    /** Regression: the thread was cold without subscribers, so the change came 10 to 30 s after the resume. */
    @Test
    void change_without_subscribers_comes_with_the_next_hot_poll() {
        poll.watch(ALICE);
        ChatMessage sent = thread.send(BOB, "sent");
        ticker.pass(3_000);
        Position stopped = last();
        poll.unwatch(ALICE);
        ticker.pass(300);
        ChatMessage edited = thread.edit(sent, "edited without subscribers");
        Watched watched = resume(poll, stopped);
        assertThat(events(watched)).as("completed from the known state").isEmpty();
        assertThat(ticker.passUntil(1_001, () -> poll.events().contains(new MessageEdited(FakeThread.ID, edited))))
                .as("published within a hot interval")
                .isTrue();
    }

    @Test
    void successive_resumes_do_not_delay_the_next_poll() {
        poll.watch(ALICE);
        ChatMessage sent = thread.send(BOB, "sent");
        ticker.pass(6_000);
        Position stopped = last();
        ChatMessage edited = thread.edit(sent, "edited");
        for (int i = 0; i < 20; i++) {
            poll.resume(BOB, stopped);
            ticker.pass(100);
        }
        assertThat(poll.events()).contains(new MessageEdited(FakeThread.ID, edited));
    }

    /** Regression: the cursor counted the states of the first listing, the resume those of the whole overlap. */
    @Test
    void overlap_larger_than_a_page_repeats_no_state_on_resume() {
        List<ChatMessage> sent = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            sent.add(thread.send(BOB, "m" + i));
            ticker.pass(2);
        }
        poll.watch(ALICE);
        thread.send(BOB, "told");
        ticker.pass(1_001);
        Position stopped = last();
        assertThat(stopped.recent().named()).isFalse();
        ChatMessage edited = thread.edit(sent.get(0), "edited");
        assertThat(events(resume(restart(), stopped))).containsExactly(new MessageEdited(FakeThread.ID, edited));
        ticker.pass(1_001);
        assertThat(events(resume(poll, stopped))).containsExactly(new MessageEdited(FakeThread.ID, edited));
    }

    /** Regression: after such an event the client had a cursor an hour ahead of the clock, which the hub refuses. */
    @Test
    void replayed_version_ahead_of_the_clock_advances_no_position() {
        ChatMessage sent = thread.send(BOB, "sent");
        ticker.pass(20_000);
        poll.watch(ALICE);
        ticker.pass(1_000);
        Position stopped = last();
        thread.editAhead(sent, 3_600_000);
        thread.rename("Coffee");
        List<Item> items = resume(restart(), stopped).catchUp().items();
        assertThat(items).hasSize(2);
        assertThat(items).allMatch(item -> item.position().version() <= ticker.now() + 2_000);
    }

    private Position last() {
        return poll.updates.get(poll.updates.size() - 1).position();
    }

    private ThreadRegistryFixture restart() {
        poll.poller.close();
        thread.calls.clear();
        return new ThreadRegistryFixture(ThreadRegistryFixture.CONFIG, ticker, thread);
    }

    private Watched resume(ThreadRegistryFixture fixture, Position since) {
        Future<Watched> watched = fixture.resume(ALICE, since);
        ticker.passUntil(20_000, watched::isComplete);
        assertThat(watched.cause()).isNull();
        return watched.result();
    }

    private static List<ChatEvent> events(Watched watched) {
        return watched.catchUp().items().stream().map(Item::event).toList();
    }
}
