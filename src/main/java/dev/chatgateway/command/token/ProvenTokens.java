package dev.chatgateway.command.token;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.tracing.Span;
import dev.chatgateway.tracing.Tracer;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the service has said of tokens: those that it has accepted within the last ten minutes, so that a second connection
 * or request with one costs no call; those that it has refused after it had accepted them; and who acts with a token, to
 * be told when the service refuses it. Remembers hashes; keeps a token itself only while a connection acts with it. Any
 * thread.
 */
public final class ProvenTokens {
    private static final long LIFE_MS = 9 * 60_000;

    /**
     * A token that the service accepted this long ago at most charges its user for its next proof, not the bucket of the
     * client's address. The service's tokens live no longer.
     */
    private static final long ACCEPTED_MS = 24 * 60 * 60_000;

    /** By then no proof and no ticket of before the refusal stands any more. */
    private static final long REFUSED_MS = 10 * 60_000;

    /** A token that the service has refused so lately is refused without a call. */
    private static final long REST_MS = 2_000;

    /** Tokens that are proved because of a 401 at the same time; what is beyond it waits for its next 401. */
    private static final int SUSPECTED = 100_000;

    /** Proofs after a 401, if the service can't be asked: a second, two, four, and so on apart. */
    private static final int TRIES = 6;

    /** For the service's word, however many attempts it takes. */
    private static final long LIMIT_MS = 15_000;

    private static final long FIRST_PAUSE_MS = 1_000;

    private final Vertx vertx;
    private final TokenProof proof;
    private final Clock clock;
    private final Tracer tracer;
    private final long limitMs;
    private final TokenHolders holders = new TokenHolders();

    /** When the service accepted a token; a proof for {@link #LIFE_MS}. Guarded by this, as all that follows. */
    private final TokenTimes proven = new TokenTimes(ACCEPTED_MS);

    /** Accepted once, refused since. */
    private final TokenTimes refused = new TokenTimes(REFUSED_MS);

    /** Never accepted as far as is known, and refused. */
    private final TokenTimes unknown = new TokenTimes(REFUSED_MS);

    /** Tokens whose call was answered with 401 and that are being proved. */
    private final Set<String> suspected = new HashSet<>();

    /** One proof at a time for a token; no more than there are requests. */
    private final Map<String, Future<Optional<Instant>>> asked = new HashMap<>();

    public ProvenTokens(Vertx vertx, TokenProof proof, Clock clock, Tracer tracer) {
        this(vertx, proof, clock, tracer, LIMIT_MS);
    }

    /** @param limitMs how long whoever asks waits for the service's word */
    ProvenTokens(Vertx vertx, TokenProof proof, Clock clock, Tracer tracer, long limitMs) {
        this.limitMs = limitMs;
        this.vertx = vertx;
        this.proof = proof;
        this.clock = clock;
        this.tracer = tracer;
    }

    /** Who acts with a token. */
    public interface Holder {
        /** The service does not accept the token any more. Called on any thread. */
        void refused(UserToken token);
    }

    /** From now on the holder is told when the service refuses the token. */
    public void hold(UserToken token, Holder holder) {
        holders.add(token, holder);
        boolean late;
        synchronized (this) {
            late = refused.has(TokenTimes.hash(token), clock.millis());
        }
        if (late) {
            holder.refused(token);
        }
    }

    /** The holder does not act with the token any more. */
    public void release(UserToken token, Holder holder) {
        holders.remove(token, holder);
    }

    /** Whether the service has refused the token, or a call with it, so that no proof of before counts. */
    public synchronized boolean doubted(UserToken token) {
        String hash = TokenTimes.hash(token);
        return suspected.contains(hash) || refused.has(hash, clock.millis());
    }

    /**
     * Whether the service accepts the token. Completes on the caller's context; fails with a {@link
     * dev.chatgateway.upstream.ChatServiceException} when that can't be known now.
     *
     * @param address of the client, which pays for the question
     */
    public Future<Boolean> accepts(UserToken token, String address) {
        return provenAt(token, address, false).map(Optional::isPresent);
    }

    /**
     * When the service accepted the token: within the last ten minutes, or now. Fails with an {@link RpcError}: 401 for a
     * token that is expired or refused, otherwise the service's own failure. Completes on the caller's context.
     *
     * @param address of the client, which pays for the question; null if it is certain that the service has accepted the
     *     token before, so that its user pays
     * @param doubtful whether the same client has shown a token that was refused
     */
    public Future<Instant> prove(UserToken token, @Nullable String address, boolean doubtful) {
        return provenAt(token, address, doubtful)
                .transform(result -> result.failed()
                        ? Future.failedFuture(TokenProof.answer(result.cause()))
                        : result.result()
                                .map(Future::succeededFuture)
                                .orElseGet(() -> Future.failedFuture(TokenProof.refusal(token, clock.instant()))));
    }

    /**
     * Has a token accepted once more, before its proof is too old: its user pays. Fails like {@link #prove}; a refusal is
     * one 401 as any other, see {@link #unauthorized}.
     */
    public Future<Instant> again(UserToken token) {
        String hash = TokenTimes.hash(token);
        return proof.again(token).map(done -> accepted(hash)).onFailure(failure -> {
            if (refuses(failure)) {
                unauthorized(token);
            }
        });
    }

    /**
     * The service has answered 401 to a call with a token that it had accepted. Its proof is forgotten and a new one is
     * asked for at once; if the service refuses the token then, all who act with it are told. A single 401 ends nothing.
     */
    public void unauthorized(UserToken token) {
        if (expired(token)) {
            return;
        }
        String hash = TokenTimes.hash(token);
        boolean known;
        synchronized (this) {
            proven.remove(hash);
            known = resting(hash);
            if (!known && (suspected.size() >= SUSPECTED || !suspected.add(hash))) {
                return;
            }
        }
        if (known) {
            holders.refused(token);
        } else {
            decide(token, hash, 1);
        }
    }

    private void decide(UserToken token, String hash, int tries) {
        proof.again(token).onComplete(result -> {
            if (result.failed() && !refuses(result.cause()) && tries < TRIES) {
                vertx.setTimer(FIRST_PAUSE_MS << (tries - 1), timer -> decide(token, hash, tries + 1));
                return;
            }
            boolean refusal = result.failed() && refuses(result.cause()) && !expired(token);
            synchronized (this) {
                suspected.remove(hash);
                if (result.succeeded()) {
                    accepted(hash);
                } else if (refusal) {
                    proven.remove(hash);
                    refused.put(hash, clock.millis());
                }
            }
            if (refusal) {
                holders.refused(token);
            }
        });
    }

    private Future<Optional<Instant>> provenAt(UserToken token, @Nullable String address, boolean doubtful) {
        String hash = TokenTimes.hash(token);
        Future<Optional<Instant>> answer;
        synchronized (this) {
            long ageMs = proven.ageMs(hash, clock.millis());
            if (resting(hash)) {
                return Future.succeededFuture(Optional.empty());
            }
            if (ageMs >= 0 && ageMs < LIFE_MS && !expired(token)) {
                return Future.succeededFuture(Optional.of(clock.instant().minusMillis(ageMs)));
            }
            Future<Optional<Instant>> running = asked.get(hash);
            if (running == null) {
                Promise<Optional<Instant>> promise = Promise.promise();
                running = promise.future();
                asked.put(hash, running);
                ask(token, address, doubtful, promise);
            }
            answer = running;
        }
        Context caller = vertx.getOrCreateContext();
        Promise<Optional<Instant>> here = Promise.promise();
        Span mine = tracer.current();
        long limit = vertx.setTimer(limitMs, late -> mine.run(() -> here.tryFail(TokenProof.late(limitMs))));
        answer.onComplete(result -> caller.runOnContext(v -> {
            vertx.cancelTimer(limit);
            mine.run(() -> settle(here, result));
        }));
        return here.future();
    }

    private static <T> void settle(Promise<T> promise, AsyncResult<T> result) {
        if (result.succeeded()) {
            promise.tryComplete(result.result());
        } else {
            promise.tryFail(result.cause());
        }
    }

    private void ask(UserToken token, @Nullable String address, boolean doubtful, Promise<Optional<Instant>> promise) {
        String hash = TokenTimes.hash(token);
        long now = clock.millis();
        boolean seen = doubtful || unknown.has(hash, now) || refused.has(hash, now);
        String charged = proven.has(hash, now) ? null : address;
        proof.accepted(token, charged, seen).onComplete(result -> {
            Optional<Instant> at = Optional.empty();
            synchronized (this) {
                asked.remove(hash);
                if (result.succeeded() && result.result() && !refusedSince(hash, now)) {
                    at = Optional.of(accepted(hash));
                } else if (result.succeeded()) {
                    proven.remove(hash);
                    (refused.has(hash, clock.millis()) ? refused : unknown).put(hash, clock.millis());
                }
            }
            if (result.succeeded()) {
                if (at.isEmpty() && holders.hold(token)) {
                    unauthorized(token);
                }
                promise.complete(at);
            } else {
                promise.fail(result.cause());
            }
        });
    }

    private synchronized Instant accepted(String hash) {
        long now = clock.millis();
        proven.put(hash, now);
        refused.remove(hash);
        unknown.remove(hash);
        return Instant.ofEpochMilli(now);
    }

    private boolean resting(String hash) {
        long ageMs = refused.ageMs(hash, clock.millis());
        return ageMs >= 0 && ageMs < REST_MS;
    }

    /** An answer that was asked for before the refusal counts for nothing. */
    private boolean refusedSince(String hash, long begun) {
        long now = clock.millis();
        long ageMs = refused.ageMs(hash, now);
        return ageMs >= 0 && now - ageMs > begun;
    }

    private boolean expired(UserToken token) {
        return !token.expiresOn().isAfter(clock.instant());
    }

    private static boolean refuses(Throwable failure) {
        return failure instanceof RpcError error && error.code() == 401;
    }
}
