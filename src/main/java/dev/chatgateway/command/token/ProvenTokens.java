package dev.chatgateway.command.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.tracing.CallerContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which tokens the chat service accepts. A token that it accepted within the last nine minutes is proven without a call.
 * A token that it refuses after it had accepted it is reported to the connections that hold the token. Caches hashes of
 * tokens only; a token itself is kept while a connection holds it. Any thread.
 */
public final class ProvenTokens {
    private static final Duration PROVEN_LIFE = Duration.ofMinutes(9);

    /**
     * For this long after an acceptance the next proof of a token counts against its user and not against its address. The
     * service's tokens live no longer.
     */
    private static final Duration ACCEPTED_LIFE = Duration.ofHours(24);

    /** Longer than any proof or ticket from before the refusal is valid. */
    private static final Duration REFUSED_LIFE = Duration.ofMinutes(10);

    /** A token that the service refused within this time is refused without a call. */
    private static final long REFUSAL_REUSED_MS = 2_000;

    /** Entries of each cache, about 200 bytes each. */
    private static final int MAX_TOKENS = 100_000;

    /** Tokens whose proof is checked because of a 401 at the same time; above it a token waits for its next 401. */
    private static final int MAX_SUSPECTED = 100_000;

    /** Checks after a 401 while the service does not answer: one second apart, two, four, and so on. */
    private static final int MAX_CHECKS = 6;

    private static final long FIRST_PAUSE_MS = 1_000;

    /** How long a caller waits for the service's answer, including retries. */
    private static final long TIMEOUT_MS = 15_000;

    private final Vertx vertx;
    private final TokenProof proof;
    private final Clock clock;
    private final long timeoutMs;
    private final TokenHolders holders = new TokenHolders();

    /** By hash, when the service accepted the token. One proof at a time; one that is refused or fails is removed. */
    private final Cache<String, Future<Optional<Instant>>> proofs;

    /** Hashes of tokens that the service has accepted at some time. */
    private final Cache<String, Boolean> accepted;

    /** By hash, when the service refused a token that it had accepted, in epoch milliseconds. */
    private final Cache<String, Long> revoked;

    /** By hash, when the service refused a token that it is not known to have accepted, in epoch milliseconds. */
    private final Cache<String, Long> rejected;

    /** Hashes of tokens that are checked because a call was answered with 401. Guarded by this. */
    private final Set<String> suspected = new HashSet<>();

    public ProvenTokens(Vertx vertx, TokenProof proof, Clock clock) {
        this(vertx, proof, clock, TIMEOUT_MS);
    }

    /** @param timeoutMs how long a caller waits for the service's answer */
    ProvenTokens(Vertx vertx, TokenProof proof, Clock clock, long timeoutMs) {
        this.timeoutMs = timeoutMs;
        this.vertx = vertx;
        this.proof = proof;
        this.clock = clock;
        this.proofs = cache(PROVEN_LIFE, clock);
        this.accepted = cache(ACCEPTED_LIFE, clock);
        this.revoked = cache(REFUSED_LIFE, clock);
        this.rejected = cache(REFUSED_LIFE, clock);
    }

    private static <V> Cache<String, V> cache(Duration life, Clock clock) {
        return Caffeine.newBuilder()
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .executor(Runnable::run)
                .maximumSize(MAX_TOKENS)
                .expireAfterWrite(life)
                .build();
    }

    /** A connection that uses a token. */
    public interface Holder {
        /** The service does not accept the token any more. Called on any thread. */
        void refused(UserToken token);
    }

    /** Registers a holder, which is called when the service refuses the token; at once if it has refused it already. */
    public void hold(UserToken token, Holder holder) {
        holders.add(token, holder);
        if (revoked.getIfPresent(hash(token)) != null) {
            holder.refused(token);
        }
    }

    /** Removes a holder of the token. */
    public void release(UserToken token, Holder holder) {
        holders.remove(token, holder);
    }

    /** Whether the service has refused the token, or a call with it, so that no earlier proof counts. */
    public synchronized boolean doubted(UserToken token) {
        String hash = hash(token);
        return suspected.contains(hash) || revoked.getIfPresent(hash) != null;
    }

    /**
     * Whether the service accepts the token. Completes on the caller's context; fails with a {@link
     * dev.chatgateway.upstream.ChatServiceException} if the service does not answer that in time.
     *
     * @param address of the client; the call counts against it
     */
    public Future<Boolean> accepts(UserToken token, String address) {
        return provenAt(token, address, false).map(Optional::isPresent);
    }

    /**
     * When the service accepted the token: within the last nine minutes, or now. Fails with an {@link RpcError}: 401 for a
     * token that is expired or refused, otherwise the service's own failure. Completes on the caller's context.
     *
     * @param address of the client, against which the call counts; null if the service has certainly accepted the token
     *     before, so that the call counts against its user
     * @param doubtful whether the same client has used a token that was refused
     */
    public Future<Instant> prove(UserToken token, @Nullable String address, boolean doubtful) {
        return provenAt(token, address, doubtful)
                .transform(result -> result.failed()
                        ? Future.failedFuture(TokenProof.clientError(result.cause()))
                        : result.result()
                                .map(Future::succeededFuture)
                                .orElseGet(() -> Future.failedFuture(TokenProof.refusal(token, clock.instant()))));
    }

    /**
     * Proves a token again before its proof expires; the call counts against its user. Fails like {@link #prove}. A refusal
     * is handled as any other 401, see {@link #unauthorized}.
     */
    public Future<Instant> proveAgain(UserToken token) {
        String hash = hash(token);
        long askedAt = clock.millis();
        return proof.again(token)
                .compose(done -> renew(hash, askedAt)
                        .map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(TokenProof.refusal(token, clock.instant()))))
                .onFailure(failure -> {
                    if (isRefusal(failure)) {
                        unauthorized(token);
                    }
                });
    }

    private synchronized Optional<Instant> renew(String hash, long askedAt) {
        return isRevokedSince(hash, askedAt) ? Optional.empty() : Optional.of(accept(hash));
    }

    /**
     * Handles a 401 to a call with a token that the service had accepted. Its proof is removed and the service is asked
     * once more. Only if that call is refused too, the holders of the token are called: a single 401 closes no connection.
     */
    public void unauthorized(UserToken token) {
        if (isExpired(token)) {
            return;
        }
        String hash = hash(token);
        boolean refused;
        synchronized (this) {
            proofs.invalidate(hash);
            refused = isRefusedLately(hash);
            if (!refused && (suspected.size() >= MAX_SUSPECTED || !suspected.add(hash))) {
                return;
            }
        }
        if (refused) {
            holders.refused(token);
        } else {
            check(token, hash, 1);
        }
    }

    private void check(UserToken token, String hash, int attempt) {
        proof.again(token).onComplete(result -> {
            if (result.failed() && !isRefusal(result.cause()) && attempt < MAX_CHECKS) {
                vertx.setTimer(FIRST_PAUSE_MS << (attempt - 1), timer -> check(token, hash, attempt + 1));
                return;
            }
            boolean refused = result.failed() && isRefusal(result.cause()) && !isExpired(token);
            synchronized (this) {
                suspected.remove(hash);
                if (result.succeeded()) {
                    accept(hash);
                } else if (refused) {
                    proofs.invalidate(hash);
                    accepted.invalidate(hash);
                    revoked.put(hash, clock.millis());
                }
            }
            if (refused) {
                holders.refused(token);
            }
        });
    }

    /** When the service accepted the token; empty if it is expired or refused. */
    private Future<Optional<Instant>> provenAt(UserToken token, @Nullable String address, boolean doubtful) {
        String hash = hash(token);
        if (isExpired(token) || isRefusedLately(hash)) {
            return Future.succeededFuture(Optional.empty());
        }
        Promise<Optional<Instant>> question = Promise.promise();
        Future<Optional<Instant>> answer = proofs.get(hash, key -> question.future());
        if (answer == question.future()) {
            ask(token, hash, address, doubtful, question);
        }
        return answer.succeeded() ? answer : onCallersContext(answer);
    }

    /** Completes on the caller's context and in its span; fails after the time limit, while the question goes on. */
    private <T> Future<T> onCallersContext(Future<T> answer) {
        CallerContext caller = CallerContext.of(vertx);
        Promise<T> here = Promise.promise();
        Runnable late = caller.wrap(() -> here.tryFail(TokenProof.late(timeoutMs)));
        long timeout = vertx.setTimer(timeoutMs, timer -> late.run());
        caller.complete(answer).onComplete(result -> {
            if (vertx.cancelTimer(timeout)) {
                here.handle(result);
            }
        });
        return here.future();
    }

    private void ask(
            UserToken token,
            String hash,
            @Nullable String address,
            boolean doubtful,
            Promise<Optional<Instant>> question) {
        long askedAt = clock.millis();
        boolean refusedBefore = doubtful || rejected.getIfPresent(hash) != null || revoked.getIfPresent(hash) != null;
        String charged = accepted.getIfPresent(hash) == null ? address : null;
        proof.accepted(token, charged, refusedBefore).onComplete(result -> {
            Optional<Instant> at = Optional.empty();
            synchronized (this) {
                proofs.asMap().remove(hash, question.future());
                if (result.succeeded() && result.result() && !isRevokedSince(hash, askedAt)) {
                    at = Optional.of(accept(hash));
                } else if (result.succeeded()) {
                    accepted.invalidate(hash);
                    (revoked.getIfPresent(hash) == null ? rejected : revoked).put(hash, clock.millis());
                }
            }
            if (result.succeeded()) {
                if (at.isEmpty() && holders.hold(token)) {
                    unauthorized(token);
                }
                question.complete(at);
            } else {
                question.fail(result.cause());
            }
        });
    }

    private synchronized Instant accept(String hash) {
        Instant now = Instant.ofEpochMilli(clock.millis());
        proofs.put(hash, Future.succeededFuture(Optional.of(now)));
        accepted.put(hash, true);
        revoked.invalidate(hash);
        rejected.invalidate(hash);
        return now;
    }

    private boolean isRefusedLately(String hash) {
        Long refusedAt = revoked.getIfPresent(hash);
        return refusedAt != null && clock.millis() - refusedAt < REFUSAL_REUSED_MS;
    }

    /** An acceptance that was asked for before the refusal counts for nothing. */
    private boolean isRevokedSince(String hash, long askedAt) {
        Long refusedAt = revoked.getIfPresent(hash);
        return refusedAt != null && refusedAt > askedAt;
    }

    private boolean isExpired(UserToken token) {
        return !token.expiresOn().isAfter(clock.instant());
    }

    private static boolean isRefusal(Throwable failure) {
        return failure instanceof RpcError error && error.code() == 401;
    }

    private static String hash(UserToken token) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(token.secret().getBytes(StandardCharsets.UTF_8));
            return Base64.getEncoder().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
