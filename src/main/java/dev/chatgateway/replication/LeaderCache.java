package dev.chatgateway.replication;

import dev.chatgateway.poll.schedule.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Which nodes read threads that this one does not watch, as the engine has said lately. Poller's context. */
final class LeaderCache {
    /** So long what the engine has said is believed. */
    private static final long BELIEVED_MS = 5_000;

    private static final long ANSWER_MS = 250;
    private static final int MOST = 10_000;

    private final ThreadLeases claims;
    private final Scheduler ticker;
    private final Map<String, Known> known = new LinkedHashMap<>();

    private record Known(Optional<String> reader, long untilMs) {}

    LeaderCache(ThreadLeases claims, Scheduler ticker) {
        this.claims = claims;
        this.ticker = ticker;
    }

    /**
     * The member that reads a thread by its claim, if one does. Never fails: a person may wait for it, so an engine that
     * hangs counts as one that knows of nobody.
     */
    Future<Optional<String>> of(String threadId) {
        Known before = known.get(threadId);
        if (before != null && ticker.now() < before.untilMs) {
            return Future.succeededFuture(before.reader);
        }
        Promise<Optional<String>> answer = Promise.promise();
        Scheduler.Timer limit = ticker.schedule(ANSWER_MS, () -> answer.tryComplete(Optional.empty()));
        claims.claimant(threadId).onComplete(done -> {
            limit.cancel();
            if (done.succeeded()) {
                remember(threadId, done.result());
            }
            answer.tryComplete(done.succeeded() ? done.result() : Optional.empty());
        });
        return answer.future();
    }

    private void remember(String threadId, Optional<String> reader) {
        long now = ticker.now();
        known.remove(threadId);
        known.put(threadId, new Known(reader, now + BELIEVED_MS));
        // All are believed for as long, so the oldest is the first to be over.
        var oldest = known.entrySet().iterator();
        while (oldest.hasNext()) {
            if (oldest.next().getValue().untilMs > now && known.size() <= MOST) {
                return;
            }
            oldest.remove();
        }
    }
}
