package dev.chatgateway.poll.audit;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static dev.chatgateway.poll.ThreadRegistryFixture.CAROL;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.Dice;
import dev.chatgateway.poll.FakeService;
import dev.chatgateway.poll.FakeThread;
import dev.chatgateway.poll.ThreadRegistry;
import dev.chatgateway.poll.ThreadRegistryFixture;
import dev.chatgateway.poll.VirtualScheduler;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.schedule.TimerQueue;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.poll.state.Revisions;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.Priority;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random histories of several threads, with failing and slow calls, stale pages, changes of subscribers and
 * participants, thread lists and polls: the auditor reports no missed state. Then one state is hidden from polls: it
 * reports that one once.
 */
class AuditProperties {
    private static final List<String> USERS = List.of(ALICE, BOB, CAROL);
    private static final int THREADS = 4;

    private final List<ThreadUpdate> updates = new ArrayList<>();

    @FuzzTest(maxDuration = "4s")
    void only_unpublished_states_are_missed(FuzzedDataProvider input) {
        Dice data = new Dice(input.consumeLong());
        VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
        FakeService service = new FakeService(ticker);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        updates.clear();
        ThreadRegistry poller = poller(service, meters);
        List<FakeThread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            FakeThread thread = service.create("19:t" + i + "@thread.v2", ALICE, BOB);
            thread.fault = call -> null;
            threads.add(thread);
            watch(poller, i, ALICE);
        }
        ticker.pass(5_000);
        for (int step = data.between(20, 80); step > 0; step--) {
            int at = data.between(0, THREADS - 1);
            changeAtRandom(data, poller, threads.get(at), at);
            ticker.pass(data.between(0, data.coin() ? 1_000 : 60_000));
        }
        threads.forEach(AuditProperties::removeFaults);
        service.fault = token -> null;
        ticker.pass(1_800_000);
        assertThat(AuditorTest.missed(meters)).as("missed").isZero();
        assertThat(AuditorTest.audits(meters, "clean")).isPositive();

        FakeThread thread = threads.get(0);
        watch(poller, 0, ALICE);
        ticker.pass(10_000);
        ChatMessage lost = thread.send(BOB, "lost");
        thread.hides =
                (priority, m) -> m.id().equals(lost.id()) && priority != Priority.SWEEP && priority != Priority.POKE;
        ticker.pass(1_800_000);
        assertThat(AuditorTest.missed(meters)).as("found").isEqualTo(1);
        assertThat(updates.stream()
                        .flatMap(u -> u.items().stream())
                        .filter(i -> i.event() instanceof MessageReceived e
                                && e.message().equals(lost))
                        .count())
                .isEqualTo(1);
        poller.close();
    }

    private ThreadRegistry poller(FakeService service, SimpleMeterRegistry meters) {
        var config = ThreadRegistryFixture.config(5_000, 10, 7);
        return new ThreadRegistry(new PollContext(
                config,
                service,
                service,
                new TimerQueue(service.ticker),
                new Random(11),
                new GatewayMetrics(meters),
                Tracing.OFF.tracer(),
                new RefusalBreaker(),
                new Revisions(),
                new ConcurrencyLimiter(2),
                updates::add,
                update -> {},
                Replication.NONE));
    }

    private static void watch(ThreadRegistry poller, int thread, String userId) {
        var unused = poller.watch(new Watch(
                "19:t" + thread + "@thread.v2",
                "socket of " + userId,
                ThreadRegistryFixture.token(userId),
                EventGroup.all(),
                null));
    }

    private static void changeAtRandom(Dice data, ThreadRegistry poller, FakeThread thread, int at) {
        String user = USERS.get(data.between(0, 2));
        switch (data.between(0, 9)) {
            case 0, 1, 2 -> {
                for (int i = data.between(1, 30); i > 0; i--) {
                    thread.send(BOB, "m");
                }
            }
            case 3, 4 -> change(data, thread);
            case 5 -> thread.behindMs = data.between(0, 3_000);
            case 6 -> {
                int rate = data.between(0, 3);
                thread.fault = call -> rate > 0 && data.between(0, 3) < rate ? FakeThread.down() : null;
            }
            case 7 -> thread.latencyMs = data.between(1, 6_000);
            case 8 -> {
                if (!thread.members.containsKey(user)) {
                    thread.add(user, data.coin() ? 0 : thread.messages.lastKey() + 1);
                } else if (!user.equals(ALICE)) {
                    thread.remove(user);
                }
            }
            default -> {
                if (data.coin()) {
                    watch(poller, at, user);
                } else if (!user.equals(ALICE)) {
                    poller.unwatch("19:t" + at + "@thread.v2", "socket of " + user);
                }
            }
        }
    }

    private static void change(Dice data, FakeThread thread) {
        List<ChatMessage> texts = new ArrayList<>(thread.messages.values());
        texts.removeIf(m -> m.type().system() || m.deleted());
        if (!texts.isEmpty()) {
            ChatMessage message = texts.get(data.between(0, texts.size() - 1));
            if (data.coin()) {
                thread.delete(message);
            } else {
                thread.edit(message, "e");
            }
        }
    }

    private static void removeFaults(FakeThread thread) {
        thread.fault = call -> null;
        thread.behindMs = 0;
        thread.latencyMs = 20;
    }
}
