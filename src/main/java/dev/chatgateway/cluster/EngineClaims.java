package dev.chatgateway.cluster;

import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** {@link Claims} in a map of the engine's: {@code putIfAbsent} and compare-and-set alone. */
final class EngineClaims implements Claims {
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
    EngineClaims(AsyncMap<String, String> map, String self, Predicate<String> member) {
        this.map = map;
        this.self = self;
        this.member = member;
    }

    @Override
    public Future<Claim> take(String threadId) {
        return take(threadId, 1, TRIES);
    }

    private Future<Claim> take(String threadId, long epoch, int tries) {
        Claim mine = new Claim(self, epoch);
        return limited(map.putIfAbsent(threadId, mine.text())).compose(known -> {
            if (known == null) {
                return Future.succeededFuture(mine);
            }
            Optional<Claim> claim = Claim.of(known);
            if (claim.isPresent() && member.test(claim.get().node())) {
                return Future.succeededFuture(claim.get());
            }
            Claim next = new Claim(self, claim.map(Claim::epoch).orElse(0L) + 1);
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
                .flatMap(Claim::of)
                .map(Claim::node)
                .filter(member));
    }

    @Override
    public Future<Boolean> handOver(String threadId, Claim mine, String to) {
        return limited(map.replaceIfPresent(threadId, mine.text(), new Claim(to, mine.epoch() + 1).text()));
    }

    @Override
    public Future<Void> release(String threadId, Claim mine) {
        return limited(map.removeIfPresent(threadId, mine.text())).mapEmpty();
    }

    private static <T> Future<T> limited(Future<T> call) {
        return call.timeout(LIMIT_MS, TimeUnit.MILLISECONDS);
    }
}
