package dev.chatgateway.simulation;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.ThreadRegistry;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.schedule.TimerQueue;
import dev.chatgateway.poll.source.RefusalBreaker;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.poll.state.Revisions;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.quota.RateWindows;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * What polling would cost and how late events would be, found by running the real poller, its schedule and the real ledger
 * in virtual time against a model of the chat service with the published rate windows. All messages are written past the
 * gateway, so none of them pokes.
 */
public final class PlanSimulation {
    private static final long START = 1_800_000_000_000L;
    private static final long EXPIRY_SECONDS = 4_102_444_800L;
    private static final int MINUTE_MS = 60_000;
    private static final int RETRY_MS = 5_000;

    private final Options options;
    private final VirtualTime time = new VirtualTime(START);
    private final Random random;
    private final List<UserToken> users;
    private final ModelService service;
    private final List<Long> hotLags = new ArrayList<>();
    private final List<Long> quietLags = new ArrayList<>();
    private final Set<String> hot = new HashSet<>();
    private final Set<String> written = new HashSet<>();
    private long sent;

    /** Prepares one run. */
    public PlanSimulation(Options options) {
        this.options = options;
        random = new Random(options.seed);
        users = new ArrayList<>();
        for (int i = 0; i < options.tokens; i++) {
            users.add(user(i));
        }
        service = new ModelService(time, options.windows, options.latencyMs, users);
    }

    /**
     * What is simulated.
     *
     * @param windows of the service, which the ledger knows
     * @param threads watched by every token, 1 or more
     * @param hot those of them that are written to all the time
     * @param tokens users that watch all threads
     * @param minutes of virtual time
     * @param hotEveryMs mean time between two messages of a hot thread
     * @param quietEveryMs mean time between two messages of another thread
     * @param latencyMs of each call
     * @param seed of all that is random
     */
    public record Options(
            GatewayConfig.Poll poll,
            RateWindows windows,
            int threads,
            int hot,
            int tokens,
            int minutes,
            long hotEveryMs,
            long quietEveryMs,
            long latencyMs,
            long seed) {}

    /**
     * The result.
     *
     * @param calls that the service received, by operation
     * @param sent messages written
     * @param hotLags milliseconds from each message of a hot thread to its event, in ascending order
     * @param quietLags the same of other threads
     * @param throttled 429s of the service
     * @param refusals calls that the ledger held back, by the window that was low
     * @param peaks the fullest that each of the service's windows was for anybody, 1 for full
     */
    public record Report(
            Map<String, Long> calls,
            long sent,
            List<Long> hotLags,
            List<Long> quietLags,
            long throttled,
            Map<String, Long> refusals,
            Map<String, Double> peaks) {
        /** The lag that this share of the messages does not exceed, in milliseconds; 0 when there were none. */
        public static long percentile(List<Long> sorted, double share) {
            return sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
        }

        /** All calls. */
        public long total() {
            return calls.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** Runs; takes seconds for an hour of 500 threads. Call it once. */
    public Report run() {
        ThreadRegistry poller = new ThreadRegistry(new PollContext(
                options.poll,
                service,
                service,
                new TimerQueue(time),
                random,
                GatewayMetrics.unread(),
                Tracing.OFF.tracer(),
                new RefusalBreaker(),
                new Revisions(),
                new ConcurrencyLimiter(options.poll.parallel()),
                this::measure,
                update -> {},
                Replication.NONE));
        for (int i = 0; i < options.threads; i++) {
            String threadId = "19:thread" + i + "@thread.v2";
            service.send(threadId);
            boolean busy = i < options.hot;
            if (busy) {
                hot.add(threadId);
            }
            arrive(poller, threadId, busy ? options.hotEveryMs : options.quietEveryMs);
        }
        // The last messages are given time to arrive; nobody writes in it.
        time.passUntil(end());
        time.passUntil(end() + 2 * MINUTE_MS);
        poller.close();
        hotLags.sort(null);
        quietLags.sort(null);
        return new Report(
                service.calls(),
                sent,
                hotLags,
                quietLags,
                service.throttled(),
                service.refusals(),
                service.limiter().peaks());
    }

    /** Subscribers come within the first minute; from the first one on somebody writes, at random moments. */
    private void arrive(ThreadRegistry poller, String threadId, long everyMs) {
        for (UserToken user : users) {
            time.schedule(random.nextInt(MINUTE_MS), () -> subscribe(poller, threadId, user, everyMs));
        }
    }

    /** Who is refused for rate tries again, as a client does. */
    private void subscribe(ThreadRegistry poller, String threadId, UserToken user, long everyMs) {
        poller.watch(new Watch(threadId, "socket of " + user.userId(), user, EventGroup.all(), null))
                .onSuccess(watched -> {
                    if (written.add(threadId)) {
                        time.schedule(wait(random, everyMs), () -> writeOn(threadId, everyMs));
                    }
                })
                .onFailure(refused -> time.schedule(
                        RETRY_MS + random.nextInt(RETRY_MS), () -> subscribe(poller, threadId, user, everyMs)));
    }

    private void writeOn(String threadId, long everyMs) {
        if (time.now() < end()) {
            service.send(threadId);
            sent++;
            time.schedule(wait(random, everyMs), () -> writeOn(threadId, everyMs));
        }
    }

    private long end() {
        return START + (long) options.minutes * MINUTE_MS;
    }

    private static long wait(RandomGenerator random, long meanMs) {
        return Math.max(1, (long) (-Math.log(1 - random.nextDouble()) * meanMs));
    }

    private void measure(ThreadUpdate update) {
        for (ThreadUpdate.Item item : update.items()) {
            if (item.event().type().newMessage()) {
                (hot.contains(update.threadId()) ? hotLags : quietLags)
                        .add(time.now() - item.event().historyVersion());
            }
        }
    }

    /** Claims that parse; the model asks for no signature. */
    private static UserToken user(int number) {
        String claims = "{\"skypeid\":\"acs:user" + number + "\",\"exp\":" + EXPIRY_SECONDS + "}";
        return UserToken.parse(base64("{\"alg\":\"none\"}") + "." + base64(claims) + ".");
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
