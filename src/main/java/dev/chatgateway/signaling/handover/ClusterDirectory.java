package dev.chatgateway.signaling.handover;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.chatgateway.event.NodeState.ClusterView;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.TokenSeal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.shareddata.AsyncMap;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a cluster, in three maps of Hazelcast: the holder of each session, its position, and sealed tokens of
 * clients that are about to connect. Entries end by themselves. Thread-safe.
 */
public final class ClusterDirectory implements SessionDirectory {
    private static final String HOLDERS = "chatgateway.signaling.holders";
    private static final String POSITIONS = "chatgateway.signaling.positions";
    private static final String TOKENS = "chatgateway.signaling.tokens";

    private static final long LIMIT_MS = 3_000;
    private static final long GRANT_MS = 120_000;
    /** A holder that has just claimed a session may not have opened it yet. */
    private static final long OPENING_MS = 200;
    /** Attempts of a claim, if other nodes claim the session at the same time. */
    private static final int TRIES = 6;

    private final Vertx vertx;
    private final NodeRequests requests;
    private final Supplier<ClusterView> members;
    private final TokenSeal seal;
    private final long lifeMs;
    private final AsyncMap<String, String> holders;
    private final AsyncMap<String, String> positions;
    private final AsyncMap<String, String> tokens;
    private final long renewalMs;
    /** The sessions that this node holds. */
    private final Map<SessionKey, Held> held;
    /** Removals under way: a claim of the same session waits for them. */
    private final Map<SessionKey, Future<Void>> removals = new ConcurrentHashMap<>();
    /** Claims under way: a client may open two connections at once. */
    private final Map<SessionKey, Future<Optional<SavedSession>>> claims = new ConcurrentHashMap<>();

    private ClusterDirectory(
            Vertx vertx,
            Supplier<ClusterView> members,
            TokenSeal seal,
            Duration life,
            Duration renewal,
            AsyncMap<String, String> holders,
            AsyncMap<String, String> positions,
            AsyncMap<String, String> tokens) {
        this.vertx = vertx;
        this.members = members;
        this.seal = seal;
        this.holders = holders;
        this.positions = positions;
        this.tokens = tokens;
        lifeMs = life.toMillis();
        renewalMs = renewal.toMillis();
        // Saves renew an entry; one of a session that has moved away ends by itself.
        held = Caffeine.newBuilder()
                .expireAfterWrite(life)
                .<SessionKey, Held>build()
                .asMap();
        requests = new NodeRequests(vertx, members.get().self());
    }

    /**
     * @param members the nodes of the cluster now; does not block
     * @param life how long a position is kept after it was saved last; above the renewal
     * @param renewal how often a save makes sure that this node still holds the session
     */
    public static Future<ClusterDirectory> create(
            Vertx vertx, Supplier<ClusterView> members, TokenSeal seal, Duration life, Duration renewal) {
        Future<AsyncMap<String, String>> holders = vertx.sharedData().getAsyncMap(HOLDERS);
        Future<AsyncMap<String, String>> positions = vertx.sharedData().getAsyncMap(POSITIONS);
        Future<AsyncMap<String, String>> tokens = vertx.sharedData().getAsyncMap(TOKENS);
        return Future.all(holders, positions, tokens)
                .map(maps -> new ClusterDirectory(
                        vertx, members, seal, life, renewal, holders.result(), positions.result(), tokens.result()));
    }

    /**
     * One holder of a session.
     *
     * @param number grows with each holder, so that a holder that was replaced writes no position of its successor
     */
    private record Term(String node, long number) {
        String text() {
            return node + ' ' + number;
        }

        static @Nullable Term of(@Nullable String text) {
            int space = text == null ? -1 : text.indexOf(' ');
            return text == null || space < 0
                    ? null
                    : new Term(text.substring(0, space), Long.parseLong(text.substring(space + 1)));
        }
    }

    /** @param sinceMs when this node was last known to hold the session, milliseconds of {@link #nowMs} */
    private record Held(Term term, long sinceMs) {}

    @Override
    public Future<Void> open(Holder holder) {
        return requests.open(holder);
    }

    @Override
    public Future<Void> close() {
        return requests.close();
    }

    @Override
    public boolean shared() {
        return true;
    }

    @Override
    public Future<Void> grant(SessionKey key, Grant grant) {
        String sealed = seal.seal(grant.token().secret(), key.text());
        return limited(tokens.put(key.text(), grant.provenMs() + " " + sealed, GRANT_MS));
    }

    @Override
    public Future<Optional<Grant>> granted(SessionKey key) {
        return limited(tokens.get(key.text()))
                .map(text -> Optional.ofNullable(text).flatMap(kept -> grant(key, kept)));
    }

    private Optional<Grant> grant(SessionKey key, String text) {
        int space = text.indexOf(' ');
        return seal.open(text.substring(space + 1), key.text())
                .map(token -> new Grant(UserToken.parse(token), Long.parseLong(text.substring(0, space))));
    }

    @Override
    public Future<Optional<String>> holder(SessionKey key) {
        return limited(holders.get(key.text()))
                .map(text -> Optional.ofNullable(Term.of(text)).map(Term::node).filter(this::other));
    }

    private boolean other(String node) {
        return !node.equals(requests.self()) && members.get().nodes().contains(node);
    }

    @Override
    public Future<Buffer> forward(String node, SessionKey key, Buffer request, long limitMs) {
        return requests.forward(node, key, request, limitMs);
    }

    @Override
    public Future<Optional<SavedSession>> claim(SessionKey key) {
        Future<Void> before = removals.getOrDefault(key, Future.succeededFuture());
        Future<Optional<SavedSession>> claim =
                claims.computeIfAbsent(key, k -> before.transform(done -> claim(k, TRIES)));
        claim.onComplete(done -> claims.remove(key, claim));
        return claim;
    }

    private Future<Optional<SavedSession>> claim(SessionKey key, int tries) {
        if (tries == 0) {
            return Future.failedFuture("session: claimed by other nodes " + TRIES + " times");
        }
        return limited(holders.get(key.text())).compose(text -> {
            Term seen = Term.of(text);
            if (seen == null) {
                return replace(key, null, new Term(requests.self(), 1), Optional.empty(), tries);
            }
            if (seen.node().equals(requests.self())) {
                held.put(key, new Held(seen, nowMs()));
                return saved(key, seen);
            }
            Term next = new Term(requests.self(), seen.number() + 1);
            if (!other(seen.node())) {
                return saved(key, seen).compose(position -> replace(key, seen, next, position, tries));
            }
            return requests.handOver(seen.node(), key)
                    .compose(given -> given.isPresent() || tries == 1
                            ? Future.succeededFuture(given)
                            : vertx.timer(OPENING_MS, TimeUnit.MILLISECONDS).map(given))
                    // A node that does not answer is blocked or was just lost: what it saved counts.
                    .recover(silent -> saved(key, seen))
                    .compose(given -> given.isPresent()
                            ? replace(key, seen, next, given, tries)
                            : stillHolds(key, seen).compose(same -> saved(key, seen)
                                    .compose(position -> same || tries == 1
                                            ? replace(key, seen, next, position, tries)
                                            : claim(key, tries - 1))));
        });
    }

    private Future<Boolean> stillHolds(SessionKey key, Term seen) {
        return limited(holders.get(key.text())).map(text -> seen.equals(Term.of(text)));
    }

    private Future<Optional<SavedSession>> replace(
            SessionKey key, @Nullable Term seen, Term next, Optional<SavedSession> position, int tries) {
        // First the position, so that no holder is without it. If two nodes write it at once the older one may stay.
        Future<Void> kept = position.isEmpty()
                ? Future.succeededFuture()
                : limited(positions.put(place(key, next), position.get().text(), lifeMs));
        return kept.compose(done -> seen == null
                        ? limited(holders.putIfAbsent(key.text(), next.text(), lifeMs))
                                .map(present -> present == null)
                        : limited(holders.replaceIfPresent(key.text(), seen.text(), next.text())))
                .compose(won -> {
                    if (!won) {
                        return claim(key, tries - 1);
                    }
                    held.put(key, new Held(next, nowMs()));
                    if (seen != null) {
                        // The replacement has set no end for the entry.
                        holders.put(key.text(), next.text(), lifeMs);
                        positions.remove(place(key, seen));
                    }
                    return Future.succeededFuture(position);
                });
    }

    private Future<Optional<SavedSession>> saved(SessionKey key, Term term) {
        return limited(positions.get(place(key, term)))
                .map(text -> Optional.ofNullable(text).flatMap(SavedSession::of));
    }

    private static String place(SessionKey key, Term term) {
        return key.text() + ' ' + term.number();
    }

    @Override
    public Future<Boolean> save(SessionKey key, SavedSession session) {
        Held mine = held.get(key);
        if (mine == null) {
            return Future.succeededFuture(false);
        }
        Future<Void> saved = limited(positions.put(place(key, mine.term()), session.text(), lifeMs));
        return nowMs() - mine.sinceMs() < renewalMs ? saved.map(true) : saved.compose(done -> renew(key, mine));
    }

    /** False if another node has claimed the session, say while this one was blocked. */
    private Future<Boolean> renew(SessionKey key, Held mine) {
        return limited(holders.get(key.text())).compose(text -> {
            if (text != null && !mine.term().text().equals(text)) {
                held.remove(key, mine);
                return Future.succeededFuture(false);
            }
            held.replace(key, mine, new Held(mine.term(), nowMs()));
            return limited(holders.put(key.text(), mine.term().text(), lifeMs)).map(true);
        });
    }

    private static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    @Override
    public Future<Void> remove(SessionKey key) {
        Held mine = held.remove(key);
        if (mine == null) {
            return Future.succeededFuture();
        }
        Future<Void> removal = limited(
                        holders.removeIfPresent(key.text(), mine.term().text()))
                .compose(done -> limited(positions.remove(place(key, mine.term()))))
                .mapEmpty();
        removals.put(key, removal);
        return removal.onComplete(done -> removals.remove(key, removal));
    }

    private static <T> Future<T> limited(Future<T> call) {
        return call.timeout(LIMIT_MS, TimeUnit.MILLISECONDS);
    }
}
