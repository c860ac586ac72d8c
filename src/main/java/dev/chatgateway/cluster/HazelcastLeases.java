package dev.chatgateway.cluster;

import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** {@link Leases} in a map of Hazelcast, with {@code putIfAbsent} and compare-and-set alone. */
final class HazelcastLeases implements Leases {
    private static final long LIMIT_MS = 5_000;

    /** After losing to other nodes so often the call fails; the next check of the lease tries again. */
    private static final int TRIES = 5;

    private final AsyncMap<String, String> map;
    private final String self;
    private final Predicate<String> member;

    /**
     * @param self this node
     * @param member whether a node is part of the cluster now; a lease of any other counts as none
     */
    HazelcastLeases(AsyncMap<String, String> map, String self, Predicate<String> member) {
        this.map = map;
        this.self = self;
        this.member = member;
    }

    @Override
    public Future<Lease> acquire(String threadId) {
        return acquire(threadId, 1, TRIES);
    }

    private Future<Lease> acquire(String threadId, long term, int tries) {
        Lease mine = new Lease(self, term);
        return limited(map.putIfAbsent(threadId, mine.text())).compose(present -> {
            if (present == null) {
                return Future.succeededFuture(mine);
            }
            Optional<Lease> lease = Lease.of(present);
            if (lease.isPresent() && member.test(lease.get().node())) {
                return Future.succeededFuture(lease.get());
            }
            Lease next = new Lease(self, lease.map(Lease::term).orElse(0L) + 1);
            return limited(map.replaceIfPresent(threadId, present, next.text())).compose(replaced -> {
                if (Boolean.TRUE.equals(replaced)) {
                    return Future.succeededFuture(next);
                }
                return tries == 1
                        ? Future.failedFuture("lease: acquired by other nodes " + TRIES + " times")
                        : acquire(threadId, next.term(), tries - 1);
            });
        });
    }

    @Override
    public Future<Optional<String>> leader(String threadId) {
        return limited(map.get(threadId)).map(present -> Optional.ofNullable(present)
                .flatMap(Lease::of)
                .map(Lease::node)
                .filter(member));
    }

    @Override
    public Future<Boolean> handOver(String threadId, Lease mine, String to) {
        return limited(map.replaceIfPresent(threadId, mine.text(), new Lease(to, mine.term() + 1).text()));
    }

    @Override
    public Future<Void> release(String threadId, Lease mine) {
        return limited(map.removeIfPresent(threadId, mine.text())).mapEmpty();
    }

    private static <T> Future<T> limited(Future<T> call) {
        return call.timeout(LIMIT_MS, TimeUnit.MILLISECONDS);
    }
}
