package dev.chatgateway.replication;

import dev.chatgateway.poll.schedule.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The leaders of threads that this node does not watch, as their leases named them lately. Poller's context. */
final class LeaderCache {
    private static final long VALID_MS = 5_000;
    /** Hazelcast is not waited for longer, as an interactive call may wait for the answer. */
    private static final long ANSWER_MS = 250;

    private static final int MOST = 10_000;

    private final ThreadLeases leases;
    private final Scheduler scheduler;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private record Entry(Optional<String> leader, long validUntilMs) {}

    LeaderCache(ThreadLeases leases, Scheduler scheduler) {
        this.leases = leases;
        this.scheduler = scheduler;
    }

    /** The member of the cluster that leads a thread. Never fails: empty too when Hazelcast does not answer in time. */
    Future<Optional<String>> of(String threadId) {
        Entry known = entries.get(threadId);
        if (known != null && scheduler.now() < known.validUntilMs) {
            return Future.succeededFuture(known.leader);
        }
        Promise<Optional<String>> leader = Promise.promise();
        Scheduler.Timer limit = scheduler.schedule(ANSWER_MS, () -> leader.tryComplete(Optional.empty()));
        leases.leader(threadId).onComplete(done -> {
            limit.cancel();
            if (done.succeeded()) {
                put(threadId, done.result());
            }
            leader.tryComplete(done.succeeded() ? done.result() : Optional.empty());
        });
        return leader.future();
    }

    private void put(String threadId, Optional<String> leader) {
        long now = scheduler.now();
        entries.remove(threadId);
        entries.put(threadId, new Entry(leader, now + VALID_MS));
        // All entries are valid for the same time, so that the oldest expires first.
        var oldest = entries.entrySet().iterator();
        while (oldest.hasNext()) {
            if (oldest.next().getValue().validUntilMs > now && entries.size() <= MOST) {
                return;
            }
            oldest.remove();
        }
    }
}
