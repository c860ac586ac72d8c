package dev.chatgateway.poll.audit;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent.MessageDeleted;
import dev.chatgateway.event.ChatEvent.MessageEdited;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.FakeThread;
import dev.chatgateway.poll.ThreadRegistryFixture;
import dev.chatgateway.poll.VirtualScheduler;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadTable;
import dev.chatgateway.poll.thread.IdleThread;
import dev.chatgateway.poll.thread.ThreadPoller;
import dev.chatgateway.poll.thread.WatchedThread;
import dev.chatgateway.poll.threadlist.ThreadListPollers;
import dev.chatgateway.upstream.Priority;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The auditor finds exactly the states that the poller does not publish, in virtual time. */
class AuditorTest {
    private static final long HOUR_MS = 3_600_000;

    private final ThreadRegistryFixture poll = new ThreadRegistryFixture(ThreadRegistryFixture.config(5_000, 10, 10));
    private final FakeThread thread = poll.thread;
    private final VirtualScheduler ticker = poll.ticker;

    static double missed(SimpleMeterRegistry meters) {
        return meters.get("chatgateway.missed.events").counter().count();
    }

    static double audits(SimpleMeterRegistry meters, String outcome) {
        Counter counter =
                meters.find("chatgateway.audits").tag("outcome", outcome).counter();
        return counter == null ? 0 : counter.count();
    }

    /** Hides messages from polls, but not from audits, until they are listed because of a refresh hint. */
    private void hide(Set<String> ids) {
        Set<String> hinted = new HashSet<>();
        thread.hides = (priority, m) -> {
            boolean hidden = ids.contains(m.id());
            if (hidden && priority == Priority.POKE) {
                hinted.add(m.id());
            }
            return hidden && priority != Priority.SWEEP && !hinted.contains(m.id());
        };
    }

    @Test
    void audit_of_a_complete_thread_is_clean_and_makes_one_listing() {
        poll.watch(ALICE);
        Set<Long> before = new HashSet<>();
        thread.hides = (priority, m) -> {
            if (priority == Priority.SWEEP) {
                before.add(ticker.now());
            }
            return false;
        };
        thread.send(BOB, "hello");
        ticker.pass(HOUR_MS);
        assertThat(missed(poll.meters)).isZero();
        assertThat(audits(poll.meters, "clean")).isBetween(100.0, 360.0);
        assertThat(before).hasSize((int) audits(poll.meters, "clean"));
        assertThat(audits(poll.meters, "void")).isZero();
        assertThat(thread.mostInFlight).as("an audit never overlaps a poll").isEqualTo(1);
    }

    @Test
    void message_hidden_from_polls_is_found_once_and_published() {
        thread.send(BOB, "before");
        poll.watch(ALICE);
        ChatMessage lost = thread.send(BOB, "lost");
        hide(Set.of(lost.id()));
        ChatMessage seen = thread.send(BOB, "seen");
        ticker.pass(20_000);
        assertThat(poll.events()).containsExactly(new MessageReceived(FakeThread.ID, seen));
        ticker.pass(HOUR_MS);
        assertThat(missed(poll.meters)).isEqualTo(1);
        assertThat(poll.events())
                .containsExactlyInAnyOrder(
                        new MessageReceived(FakeThread.ID, seen), new MessageReceived(FakeThread.ID, lost));
    }

    @Test
    void changes_hidden_from_polls_are_found_and_published() {
        List<ChatMessage> sent = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            sent.add(thread.send(BOB, "m" + i));
            ticker.pass(100);
        }
        poll.watch(ALICE);
        thread.edit(sent.get(3), "lost edit");
        thread.delete(sent.get(60));
        hide(Set.of(sent.get(3).id(), sent.get(60).id()));
        ticker.pass(HOUR_MS);
        assertThat(missed(poll.meters)).isEqualTo(2);
        assertThat(poll.events())
                .hasSize(2)
                .hasAtLeastOneElementOfType(MessageEdited.class)
                .hasAtLeastOneElementOfType(MessageDeleted.class);
    }

    @Test
    void known_state_that_was_not_published_causes_a_resync() {
        ThreadTable<WatchedThread> threads = new ThreadTable<>(WatchedThread::threadId);
        Map<String, Audit> audits = new HashMap<>();
        PollContext env = Auditor.watched(poll.env, audits);
        ThreadPoller poller = new ThreadPoller(FakeThread.ID, env, new ThreadListPollers(env), new NoRegistry());
        threads.put(poller);
        Auditor auditor = new Auditor(env, threads, audits);
        auditor.began();
        var unused = poller.subscribe(
                new Watch(FakeThread.ID, "socket", ThreadRegistryFixture.token(ALICE), EventGroup.all(), null), null);
        // The first audit of the thread has begun by then.
        ticker.pass(15_000);
        ChatMessage unpublished = thread.send(BOB, "known, but not published");
        poller.window().put(unpublished.arrivedAt(), unpublished.version());
        ticker.pass(HOUR_MS);
        assertThat(missed(poll.meters)).isEqualTo(1);
        assertThat(poll.events()).isEmpty();
        assertThat(poll.notices()).contains(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Cause.AUDIT)));
        auditor.close();
        poller.stop();
    }

    @Test
    void state_delayed_by_an_outage_is_not_missed() {
        poll.watch(ALICE);
        for (int i = 0; i < 20; i++) {
            ticker.pass(5_000);
            thread.send(BOB, "m" + i);
            thread.admission = priority -> priority == Priority.SWEEP ? null : FakeThread.down();
            ticker.pass(300_000);
            thread.admission = priority -> null;
            ticker.pass(20_000);
        }
        assertThat(missed(poll.meters)).isZero();
        assertThat(poll.events()).hasSize(20);
    }

    @Test
    void disabled_auditor_lists_nothing_and_leaves_no_timer() {
        poll.watch(ALICE);
        poll.unwatch(ALICE);
        ticker.pass(200_000);
        assertThat(ticker.waiting()).isZero();

        ThreadRegistryFixture off = new ThreadRegistryFixture();
        off.watch(ALICE);
        off.ticker.pass(HOUR_MS);
        assertThat(audits(off.meters, "clean") + audits(off.meters, "void")).isZero();
    }

    /** The thread of this test never becomes idle. */
    private static final class NoRegistry implements IdleThread.Registry {
        @Override
        public void idle(IdleThread parked) {
            throw new AssertionError("parked");
        }

        @Override
        public ThreadPoller wake(IdleThread parked) {
            throw new AssertionError("parked");
        }

        @Override
        public void ended(String threadId) {}
    }
}
