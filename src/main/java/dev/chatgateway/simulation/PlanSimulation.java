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

/**
 * Predicts the calls and delays of polling. Runs the real poller, schedule and rate limiter in virtual time against a
 * model of the chat service with the published rate windows. No message is sent through the gateway, so there are no
 * refresh hints.
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
    private final List<Long> hotDelays = new ArrayList<>();
    private final List<Long> otherDelays = new ArrayList<>();
    private final Set<String> hotThreads = new HashSet<>();
    private final Set<String> startedWriters = new HashSet<>();
    private long sent;

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
     * The simulated load.
     *
     * @param poll the poller's configuration
     * @param windows rate windows of the service, which the gateway's rate limiter knows
     * @param threads number of threads, 1 or more
     * @param hot number of threads with frequent messages, at most {@code threads}
     * @param tokens number of users; each subscribes to all threads
     * @param minutes duration in virtual time
     * @param hotEveryMs mean time between two messages of a hot thread
     * @param otherEveryMs mean time between two messages of any other thread
     * @param latencyMs latency of each call
     * @param seed of the random numbers
     */
    public record Options(
            GatewayConfig.Poll poll,
            RateWindows windows,
            int threads,
            int hot,
            int tokens,
            int minutes,
            long hotEveryMs,
            long otherEveryMs,
            long latencyMs,
            long seed) {}

    /**
     * The result.
     *
     * @param calls number of calls that arrived at the service, by operation
     * @param sent number of messages
     * @param hotDelays milliseconds from each message of a hot thread to its event, in ascending order
     * @param otherDelays the same for the other threads
     * @param throttled number of calls that the service refused with 429
     * @param refusals number of calls that the gateway's rate limiter refused, by the window that was exhausted
     * @param peaks highest utilization of each of the service's windows in any scope; 1 is full
     */
    public record Report(
            Map<String, Long> calls,
            long sent,
            List<Long> hotDelays,
            List<Long> otherDelays,
            long throttled,
            Map<String, Long> refusals,
            Map<String, Double> peaks) {
        /** The delay that this share of the messages does not exceed, in milliseconds; 0 if there are none. */
        public static long percentile(List<Long> sorted, double share) {
            return sorted.isEmpty() ? 0 : sorted.get((int) Math.ceil(share * sorted.size()) - 1);
        }

        public long totalCalls() {
            return calls.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** Runs the simulation. Takes seconds for an hour with 500 threads. Call it once. */
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
            boolean isHot = i < options.hot;
            if (isHot) {
                hotThreads.add(threadId);
            }
            scheduleSubscribers(poller, threadId, isHot ? options.hotEveryMs : options.otherEveryMs);
        }
        // Time without new messages, in which the events of the last ones arrive.
        time.passUntil(end());
        time.passUntil(end() + 2 * MINUTE_MS);
        poller.close();
        hotDelays.sort(null);
        otherDelays.sort(null);
        return new Report(
                service.calls(),
                sent,
                hotDelays,
                otherDelays,
                service.throttledCalls(),
                service.refusals(),
                service.serviceLimiter().peaks());
    }

    /**
     * The users subscribe at random times within the first minute. Messages are sent once the first one is subscribed.
     */
    private void scheduleSubscribers(ThreadRegistry poller, String threadId, long everyMs) {
        for (UserToken user : users) {
            time.schedule(random.nextInt(MINUTE_MS), () -> subscribe(poller, threadId, user, everyMs));
        }
    }

    /** Subscribes a user; tries again after a failure, as a client does. */
    private void subscribe(ThreadRegistry poller, String threadId, UserToken user, long everyMs) {
        poller.watch(new Watch(threadId, "socket of " + user.userId(), user, EventGroup.all(), null))
                .onSuccess(watched -> {
                    if (startedWriters.add(threadId)) {
                        time.schedule(randomDelayMs(everyMs), () -> sendRepeatedly(threadId, everyMs));
                    }
                })
                .onFailure(refused -> time.schedule(
                        RETRY_MS + random.nextInt(RETRY_MS), () -> subscribe(poller, threadId, user, everyMs)));
    }

    private void sendRepeatedly(String threadId, long everyMs) {
        if (time.now() < end()) {
            service.send(threadId);
            sent++;
            time.schedule(randomDelayMs(everyMs), () -> sendRepeatedly(threadId, everyMs));
        }
    }

    private long end() {
        return START + (long) options.minutes * MINUTE_MS;
    }

    /** A delay between messages that are independent of each other: exponentially distributed. */
    private long randomDelayMs(long meanMs) {
        return Math.max(1, (long) (-Math.log(1 - random.nextDouble()) * meanMs));
    }

    private void measure(ThreadUpdate update) {
        for (ThreadUpdate.Item item : update.items()) {
            if (item.event().type().newMessage()) {
                (hotThreads.contains(update.threadId()) ? hotDelays : otherDelays)
                        .add(time.now() - item.event().historyVersion());
            }
        }
    }

    /** A token whose claims can be parsed. It has no signature, as the model verifies none. */
    private static UserToken user(int number) {
        String claims = "{\"skypeid\":\"acs:user" + number + "\",\"exp\":" + EXPIRY_SECONDS + "}";
        return UserToken.parse(base64("{\"alg\":\"none\"}") + "." + base64(claims) + ".");
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
