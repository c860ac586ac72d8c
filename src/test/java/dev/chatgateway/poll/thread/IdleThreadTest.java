package dev.chatgateway.poll.thread;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.poll.FakeThread;
import dev.chatgateway.poll.ThreadRegistryFixture;
import dev.chatgateway.poll.state.ThreadState;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A cold thread that is idle between its polls: no subscriber may notice. */
class IdleThreadTest {
    /** Cold after 7 s, covered by a thread list from the next listing on, listed every 30 s by itself. */
    private final ThreadRegistryFixture poll = new ThreadRegistryFixture(ThreadRegistryFixture.config(5_000, 10, true));

    private final FakeThread thread = poll.thread;

    @Test
    void idle_thread_wakes_for_changes_and_unsubscribes() {
        ChatMessage first = thread.send(BOB, "first");
        poll.watch(ALICE);
        park();
        thread.edit(first, "edited");
        poll.ticker.pass(31_000);
        assertThat(poll.events()).hasSize(1).first().isInstanceOf(ChatEvent.MessageEdited.class);
        park();
        thread.send(BOB, "second");
        poll.ticker.pass(8_000);
        assertThat(poll.events()).hasSize(2).last().isInstanceOf(ChatEvent.MessageReceived.class);
        park();
        poll.poller.typing(FakeThread.ID, BOB, "Bob", Instant.ofEpochMilli(poll.ticker.now()));
        assertThat(poll.events()).hasSize(3).last().isInstanceOf(ChatEvent.TypingIndicator.class);
        park();
        poll.unwatch(ALICE);
        poll.ticker.pass(120_000);
        assertThat(poll.poller.size()).isZero();
        assertThat(poll.ticker.waiting()).isZero();
    }

    @Test
    void resume_of_an_idle_thread_loses_nothing() {
        thread.send(BOB, "first");
        Position begun = poll.watch(ALICE).position();
        park();
        assertThat(resume(begun).items()).isEmpty();
        thread.send(BOB, "second");
        poll.ticker.pass(8_000);
        park();
        assertThat(resume(begun).items()).hasSize(1);
        poll.ticker.pass(900_000);
        park();
        assertThat(resume(begun).items()).hasSize(1);
    }

    @Test
    void old_edit_is_replayed_though_the_mark_did_not_move() {
        ChatMessage old = longHistory();
        Position begun = poll.watch(ALICE).position();
        park();
        thread.edit(old, "edited");
        poll.poke(old, EventGroup.EDITS);
        poll.ticker.pass(1_000);
        assertThat(poll.events()).hasSize(1);
        poll.ticker.pass(1_000_000);
        park();
        assertThat(resume(begun).items()).hasSize(1);
    }

    @Test
    void idle_thread_still_polls_receipts_and_properties() {
        ChatMessage old = longHistory();
        poll.watch(ALICE, EventGroup.MESSAGES, EventGroup.EDITS, EventGroup.RECEIPTS);
        poll.ticker.pass(600_000);
        park();
        thread.edit(old, "edited");
        poll.ticker.pass(600_000);
        assertThat(poll.events()).hasSize(1).first().isInstanceOf(ChatEvent.MessageEdited.class);
        thread.read(ALICE, old);
        thread.metadata = Map.of("colour", "green");
        poll.ticker.pass(1_000_000);
        assertThat(poll.events()).hasSize(3);
        assertThat(poll.events().stream().map(Object::getClass).toList())
                .containsOnlyOnce(ChatEvent.ReceiptMoved.class, ChatEvent.PropertiesUpdated.class);
    }

    @Test
    void receipts_that_nobody_wants_keep_no_thread_awake() {
        ChatMessage message = thread.send(BOB, "first");
        poll.watch(ALICE);
        park();
        int before = thread.calls.size();
        poll.poke(message, EventGroup.RECEIPTS);
        poll.ticker.pass(10_000);
        assertThat(thread.calls.size() - before).isLessThan(20);
        park();
    }

    @Test
    void freshness_names_the_thread_list_once() {
        poll.watch(ALICE);
        park();
        long said = freshness();
        poll.ticker.pass(600_000);
        assertThat(freshness()).isEqualTo(said);
    }

    @Test
    void packed_window_is_unpacked_unchanged() {
        ThreadState state = state();
        for (int i = 0; i < 60; i++) {
            long id = 1_700_000_000_000L + i * 7_654_321L;
            state.window.put(id, id + i % 3 * 1_000_000L);
            state.window.raiseMark(id);
        }
        ThreadState other = state();
        other.window.unpack(state.window.pack());
        assertThat(other.position(0)).isEqualTo(state.position(0));
        assertThat(other.window.newestId()).isEqualTo(state.window.newestId());
        assertThat(other.window.size()).isEqualTo(60);
        assertThat(other.window.lowerBound()).isEqualTo(state.window.lowerBound());
    }

    private static ThreadState state() {
        return new ThreadState(FakeThread.ID, () -> ThreadRegistryFixture.config(5_000, 10, true), new Random(1));
    }

    private void park() {
        assertThat(poll.ticker.passUntil(300_000, () -> poll.poller.idle() == 1))
                .isTrue();
    }

    /** More messages than the window holds, and the first of them. */
    private ChatMessage longHistory() {
        ChatMessage first = thread.send(BOB, "old");
        for (int i = 0; i < 100; i++) {
            poll.ticker.pass(100);
            thread.send(BOB, "m" + i);
        }
        return first;
    }

    private long freshness() {
        return poll.notices().stream()
                .filter(Notice.FreshnessChanged.class::isInstance)
                .count();
    }

    private CatchUp resume(Position since) {
        Future<Watched> watched = poll.resume(ALICE, since);
        poll.ticker.passUntil(20_000, watched::isComplete);
        CatchUp catchUp = watched.result().catchUp();
        assertThat(catchUp.resync()).isNull();
        return catchUp;
    }
}
