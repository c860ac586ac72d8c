package dev.chatgateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.upstream.quota.CallEnd;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import dev.chatgateway.upstream.quota.RateLimiter.Permit;
import dev.chatgateway.upstream.quota.RateWindows;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * How a thread's people get on when somebody writes to the thread past the gateway: in virtual time, against a model of
 * the service's sliding windows (10 writes in 10 s, 30 in 60 s for each thread).
 */
class ThrottlingTest {
    private static final int BURSTS = 500;
    private static final int LASTING = 50;
    private static final long TWO_MINUTES = 120_000;

    @Test
    void burst_of_429s_cuts_the_use_of_a_window_once() {
        RateLimiter limiter = new RateLimiter(RateWindows.published());
        List<Permit> permits = new ArrayList<>();
        for (int user = 0; user < 6; user++) {
            permits.add(((Admission.Granted) limiter.admit(send(user), 0, 0)).permit());
        }
        permits.forEach(permit -> limiter.end(permit, new CallEnd.Throttled(1_000), 100));
        assertThat(limiter.strikes(permits.get(0))).isEqualTo(1);
        // Half of 10 in 10 s, and of the other half what has come back until then.
        assertThat(admitted(limiter, 11_200)).isEqualTo(7);
    }

    @Test
    void trust_in_a_window_returns_with_time() {
        RateLimiter limiter = new RateLimiter(RateWindows.published());
        limiter.end(((Admission.Granted) limiter.admit(send(0), 0, 0)).permit(), new CallEnd.Throttled(1_000), 0);
        assertThat(admitted(limiter, 11_200)).isEqualTo(7);
        assertThat(admitted(limiter, 72_000)).isEqualTo(10);
    }

    @Test
    void calls_are_spaced_for_a_while_after_a_pause() {
        RateLimiter limiter = new RateLimiter(RateWindows.published());
        limiter.end(((Admission.Granted) limiter.admit(send(0), 0, 0)).permit(), new CallEnd.Throttled(2_000), 0);
        List<Long> waits = new ArrayList<>();
        while (limiter.admit(send(0), 2_000, 4_000) instanceof Admission.Granted granted) {
            waits.add(granted.waitMs());
        }
        // Five of 10 in 10 s are believed in.
        assertThat(waits).containsExactly(0L, 2_000L, 4_000L);
    }

    @Test
    void six_users_recover_after_a_burst_past_the_gateway() {
        Run run = new Run(true, 100);
        for (int i = 0; i < 10; i++) {
            run.foreign(i * 20L);
        }
        for (int user = 0; user < 6; user++) {
            run.wish(300 + user * 100L, user);
        }
        for (int i = 0; i < 48; i++) {
            run.wish(12_000 + i * 2_300L, i % 6);
        }
        run.end();
        assertThat(run.acceptedFrom(12_000)).isGreaterThanOrEqualTo(44);
        assertThat(run.refusedFrom(12_000)).as("further 429s").isLessThanOrEqualTo(2);
    }

    @Test
    void interactive_calls_recover_after_any_burst() {
        int accepted = 0;
        int possible = 0;
        for (int seed = 0; seed < BURSTS; seed++) {
            Burst burst = Burst.of(seed);
            Run run = burst.run();
            int most = burst.possible();
            int got = run.acceptedFrom(burst.spreadMs());
            assertThat(got).as("accepted of %d in %s", most, burst).isGreaterThanOrEqualTo((int) (0.8 * most));
            assertThat(run.refusedFrom(burst.spreadMs()))
                    .as("429s in %s", burst)
                    .isLessThanOrEqualTo(7);
            accepted += got;
            possible += most;
        }
        assertThat(accepted / (double) possible).isGreaterThan(0.95);
    }

    @Test
    void window_that_others_use_for_long_is_met_by_few_429s() {
        for (int seed = 0; seed < LASTING; seed++) {
            boolean countsRefused = seed % 2 == 0;
            Run run = new Run(countsRefused, 100);
            Random random = new Random(seed);
            for (long at = 0; at < TWO_MINUTES; at += 3_000) {
                run.foreign(at + random.nextInt(1_000));
            }
            for (long at = 0; at < TWO_MINUTES; at += 1_500) {
                run.wish(at + random.nextInt(1_000), random.nextInt(6));
            }
            run.end();
            // Others take 20 of the 30 a minute; of theirs, too, the service refuses some.
            assertThat(run.acceptedFrom(0)).isGreaterThan(countsRefused ? 15 : 25);
            assertThat(run.refusedFrom(0)).isLessThan(15);
        }
    }

    /** A burst past the gateway, and people who write for two minutes after it. */
    private record Burst(
            int seed, int foreign, long spreadMs, long gapMs, int users, int latencyMs, boolean countsRefused) {
        static Burst of(int seed) {
            Random random = new Random(seed);
            return new Burst(
                    seed,
                    5 + random.nextInt(26),
                    1 + random.nextInt(8_000),
                    300 + random.nextInt(4_000),
                    1 + random.nextInt(8),
                    20 + random.nextInt(500),
                    random.nextBoolean());
        }

        Run run() {
            Run run = new Run(countsRefused, latencyMs);
            fill(run);
            run.end();
            return run;
        }

        private void fill(Run run) {
            Random random = new Random(seed);
            for (int i = 0; i < foreign; i++) {
                run.foreign(i * spreadMs / foreign);
            }
            for (long at = random.nextInt(1_000);
                    at < spreadMs + TWO_MINUTES;
                    at += gapMs / 2 + random.nextLong(gapMs)) {
                run.wish(at, random.nextInt(users));
            }
        }

        /** What gets in when everybody knows the service's windows and sends nothing that does not fit. */
        int possible() {
            Run run = new Run(countsRefused, latencyMs, true);
            fill(run);
            run.end();
            return run.acceptedFrom(spreadMs);
        }
    }

    private record Event(long at, long order, Runnable run) {}

    /** Users who send through the limiter, as {@code WebChatService} does, and others who send past it. */
    private static final class Run {
        private final PriorityQueue<Event> events =
                new PriorityQueue<>(Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
        private final List<Long> accepted = new ArrayList<>();
        private final List<Long> refused = new ArrayList<>();
        private final Service service;
        private final int latencyMs;
        private final boolean knowing;
        private final RateLimiter limiter = new RateLimiter(RateWindows.published());
        private long order;

        /** @param countsRefused whether the service counts what it refuses */
        Run(boolean countsRefused, int latencyMs) {
            this(countsRefused, latencyMs, false);
        }

        /** @param knowing whether users look into the service's windows instead of the limiter */
        Run(boolean countsRefused, int latencyMs, boolean knowing) {
            service = new Service(countsRefused);
            this.latencyMs = latencyMs;
            this.knowing = knowing;
        }

        void foreign(long at) {
            at(at, () -> service.call(at));
        }

        void wish(long at, int user) {
            at(at, () -> {
                if (knowing) {
                    fit(at);
                } else {
                    admit(send(user), at, at, RetryPolicy.PATIENCE_MS);
                }
            });
        }

        private void fit(long at) {
            long wait = service.waitMs(at);
            if (wait <= RetryPolicy.PATIENCE_MS) {
                at(at + wait, () -> {
                    if (service.waitMs(at + wait) == 0) {
                        service.call(at + wait);
                        accepted.add(at);
                    }
                });
            }
        }

        private void admit(ChatCall call, long wished, long now, long patienceMs) {
            if (limiter.admit(call, now, patienceMs) instanceof Admission.Granted granted) {
                long sent = now + granted.waitMs();
                at(sent + latencyMs, () -> {
                    long asked = service.call(sent + latencyMs);
                    at(
                            sent + 2L * latencyMs,
                            () -> answered(call, granted, asked, wished, sent, patienceMs - granted.waitMs()));
                });
            }
        }

        private void answered(
                ChatCall call, Admission.Granted granted, long asked, long wished, long sent, long patienceMs) {
            long now = sent + 2L * latencyMs;
            if (asked == 0) {
                limiter.end(granted.permit(), new CallEnd.Completed(true), now);
                accepted.add(wished);
                return;
            }
            refused.add(now);
            limiter.end(granted.permit(), new CallEnd.Throttled(asked), now);
            if (asked <= patienceMs) {
                at(now + asked, () -> admit(call, wished, now + asked, patienceMs - asked));
            }
        }

        void end() {
            while (!events.isEmpty()) {
                events.poll().run().run();
            }
        }

        int acceptedFrom(long at) {
            return (int) accepted.stream().filter(a -> a >= at).count();
        }

        int refusedFrom(long at) {
            return (int) refused.stream().filter(a -> a >= at).count();
        }

        private void at(long time, Runnable run) {
            events.add(new Event(time, order++, run));
        }
    }

    /** The windows of one thread, as the service counts them. */
    private static final class Service {
        private final boolean countsRefused;
        private final Deque<Long> calls = new ArrayDeque<>();

        Service(boolean countsRefused) {
            this.countsRefused = countsRefused;
        }

        /** 0 when the call is accepted, else what {@code Retry-After} says, in whole seconds. */
        long call(long now) {
            long wait = waitMs(now);
            if (wait == 0 || countsRefused) {
                calls.addLast(now);
            }
            return (wait + 999) / 1000 * 1000;
        }

        long waitMs(long now) {
            return Math.max(waitMs(now, 10, 10_000), waitMs(now, 30, 60_000));
        }

        private long waitMs(long now, int limit, long windowMs) {
            List<Long> inside = calls.stream().filter(c -> c > now - windowMs).toList();
            return inside.size() < limit ? 0 : inside.get(inside.size() - limit) + windowMs - now;
        }
    }

    private static int admitted(RateLimiter limiter, long now) {
        int calls = 0;
        while (limiter.admit(send(0), now, 0) instanceof Admission.Granted granted) {
            limiter.end(granted.permit(), new CallEnd.Completed(true), now);
            calls++;
        }
        return calls;
    }

    private static ChatCall send(int user) {
        return ChatCall.of(ChatOperation.SEND_MESSAGE, Tokens.of("u" + user), "t", Priority.SEND);
    }
}
