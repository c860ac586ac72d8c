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

/** What the poller loses the auditor finds, and nothing else, in virtual time. */
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

    /** Polls do not list the messages until somebody has asked for them; an audit does. */
    private void hide(Set<String> ids) {
        Set<String> asked = new HashSet<>();
        thread.hides = (priority, m) -> {
            boolean hidden = ids.contains(m.id());
            if (hidden && priority == Priority.POKE) {
                asked.add(m.id());
            }
            return hidden && priority != Priority.SWEEP && !asked.contains(m.id());
        };
    }

    @Test
    void where_nothing_is_lost_audits_are_clean_and_cost_one_listing_each() {
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
        assertThat(thread.mostInFlight).as("an audit never overlaps a reading").isEqualTo(1);
    }

    @Test
    void a_message_that_polls_never_show_is_found_once_and_told_after_all() {
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
    void an_edit_and_a_delete_that_polls_never_show_are_found_and_told() {
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
    void a_state_that_the_poller_knows_and_never_told_is_found_and_ends_in_fresh_state() {
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
        ChatMessage untold = thread.send(BOB, "known, but not told");
        poller.window().put(untold.arrivedAt(), untold.version());
        ticker.pass(HOUR_MS);
        assertThat(missed(poll.meters)).isEqualTo(1);
        assertThat(poll.events()).isEmpty();
        assertThat(poll.notices()).contains(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Cause.AUDIT)));
        auditor.close();
        poller.stop();
    }

    @Test
    void what_is_late_because_the_service_is_away_is_not_missed() {
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
    void nothing_is_listed_when_it_is_off_and_nothing_waits_when_nobody_watches() {
        poll.watch(ALICE);
        poll.unwatch(ALICE);
        ticker.pass(200_000);
        assertThat(ticker.waiting()).isZero();

        ThreadRegistryFixture off = new ThreadRegistryFixture();
        off.watch(ALICE);
        off.ticker.pass(HOUR_MS);
        assertThat(audits(off.meters, "clean") + audits(off.meters, "void")).isZero();
    }

    /** A single thread is never parked. */
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
