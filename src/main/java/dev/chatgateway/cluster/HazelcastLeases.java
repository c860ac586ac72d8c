package dev.chatgateway.cluster;

import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** {@link Leases} in a map of the engine's: {@code putIfAbsent} and compare-and-set alone. */
final class HazelcastLeases implements Leases {
    private static final long LIMIT_MS = 5_000;
    /** Somebody else was quicker so often: the next look comes with the next round of healing. */
    private static final int TRIES = 5;

    private final AsyncMap<String, String> map;
    private final String self;
    private final Predicate<String> member;

    /**
     * @param self this node
     * @param member whether a node is part of the cluster now; claims of others count as none
     */
    HazelcastLeases(AsyncMap<String, String> map, String self, Predicate<String> member) {
        this.map = map;
        this.self = self;
        this.member = member;
    }

    @Override
    public Future<Lease> take(String threadId) {
        return take(threadId, 1, TRIES);
    }

    private Future<Lease> take(String threadId, long epoch, int tries) {
        Lease mine = new Lease(self, epoch);
        return limited(map.putIfAbsent(threadId, mine.text())).compose(known -> {
            if (known == null) {
                return Future.succeededFuture(mine);
            }
            Optional<Lease> claim = Lease.of(known);
            if (claim.isPresent() && member.test(claim.get().node())) {
                return Future.succeededFuture(claim.get());
            }
            Lease next = new Lease(self, claim.map(Lease::epoch).orElse(0L) + 1);
            return limited(map.replaceIfPresent(threadId, known, next.text())).compose(done -> {
                if (Boolean.TRUE.equals(done)) {
                    return Future.succeededFuture(next);
                }
                return tries == 1
                        ? Future.failedFuture("claim: taken by others " + TRIES + " times")
                        : take(threadId, next.epoch(), tries - 1);
            });
        });
    }

    @Override
    public Future<Optional<String>> reader(String threadId) {
        return limited(map.get(threadId)).map(known -> Optional.ofNullable(known)
                .flatMap(Lease::of)
                .map(Lease::node)
                .filter(member));
    }

    @Override
    public Future<Boolean> handOver(String threadId, Lease mine, String to) {
        return limited(map.replaceIfPresent(threadId, mine.text(), new Lease(to, mine.epoch() + 1).text()));
    }

    @Override
    public Future<Void> release(String threadId, Lease mine) {
        return limited(map.removeIfPresent(threadId, mine.text())).mapEmpty();
    }

    private static <T> Future<T> limited(Future<T> call) {
        return call.timeout(LIMIT_MS, TimeUnit.MILLISECONDS);
    }
}
