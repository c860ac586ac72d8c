package dev.chatgateway.replication;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.chatgateway.poll.schedule.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The leaders of threads that this node does not poll, as Hazelcast named them lately. Poller's context. */
final class LeaderCache {
    private static final Duration LIFE = Duration.ofSeconds(5);
    private static final long TIMEOUT_MS = 250;
    private static final int MAX_THREADS = 10_000;

    private final ThreadLeases leases;
    private final Scheduler scheduler;

    /** Empty for a thread without a lease. */
    private final Cache<String, Optional<String>> leaders;

    LeaderCache(ThreadLeases leases, Scheduler scheduler) {
        this.leases = leases;
        this.scheduler = scheduler;
        this.leaders = Caffeine.newBuilder()
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(scheduler.now()))
                .executor(Runnable::run)
                .maximumSize(MAX_THREADS)
                .expireAfterWrite(LIFE)
                .build();
    }

    /**
     * The member that holds the lease of a thread, if one does. Never fails: an interactive call may wait for it, so a
     * Hazelcast that does not answer within 250 ms counts as one that knows of no lease.
     */
    Future<Optional<String>> of(String threadId) {
        Optional<String> known = leaders.getIfPresent(threadId);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        Promise<Optional<String>> leader = Promise.promise();
        Scheduler.Timer timeout = scheduler.schedule(TIMEOUT_MS, () -> leader.tryComplete(Optional.empty()));
        leases.leader(threadId).onComplete(found -> {
            timeout.cancel();
            if (found.succeeded()) {
                leaders.put(threadId, found.result());
            }
            leader.tryComplete(found.succeeded() ? found.result() : Optional.empty());
        });
        return leader.future();
    }
}
