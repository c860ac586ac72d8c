package dev.chatgateway.poll;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Which node keeps the account of a thread's windows: the one that reads it; while nobody does, one that all nodes
 * choose alike from the thread's id. Poller's context.
 */
final class AccountKeepers {
    /** So long what the engine has said of a thread that this node does not watch is believed. */
    private static final long BELIEVED_MS = 5_000;

    private static final long ANSWER_MS = 250;
    private static final int MOST = 10_000;

    private final Ownership ownership;
    private final Ticker ticker;
    private final Map<String, Known> known = new LinkedHashMap<>();

    private record Known(Optional<String> reader, long untilMs) {}

    AccountKeepers(Ownership ownership, Ticker ticker) {
        this.ownership = ownership;
        this.ticker = ticker;
    }

    /** The node that keeps it, this one perhaps. Never fails. */
    Future<String> of(String threadId) {
        Role role = ownership.roles().of(threadId);
        if (role instanceof Role.Following following) {
            return Future.succeededFuture(following.claim.node());
        }
        Known before = known.get(threadId);
        // What is watched here has just come, and its claim is being taken: two calls or three.
        boolean here = role instanceof Role.Own || ownership.watching(threadId) != null;
        if (here || ownership.bus().others().isEmpty()) {
            return Future.succeededFuture(ownership.bus().self());
        } else if (before != null && ticker.now() < before.untilMs) {
            return Future.succeededFuture(before.reader.orElseGet(() -> chosen(threadId)));
        }
        return claimant(threadId).map(reader -> reader.orElseGet(() -> chosen(threadId)));
    }

    /** A person waits for it, so an engine that hangs counts as one that knows of nobody. */
    private Future<Optional<String>> claimant(String threadId) {
        Promise<Optional<String>> answer = Promise.promise();
        Ticker.Timer limit = ticker.schedule(ANSWER_MS, () -> answer.tryComplete(Optional.empty()));
        ownership.claims().claimant(threadId).onComplete(done -> {
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

    /** The highest of hashes that each node has with the thread: who joins or leaves takes few threads along. */
    private String chosen(String threadId) {
        return Stream.concat(
                        ownership.bus().others().stream(),
                        Stream.of(ownership.bus().self()))
                .max((a, b) -> Integer.compare(weight(a, threadId), weight(b, threadId)))
                .orElseThrow();
    }

    private static int weight(String node, String threadId) {
        int hash = Objects.hash(node, threadId) * 0x9E3779B9;
        return (hash ^ (hash >>> 15)) * 0x85EBCA6B;
    }
}
