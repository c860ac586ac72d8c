package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.tracing.Span;
import dev.chatgateway.tracing.Tracer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Tokens that the service has accepted within the last ten minutes, so that a second connection or request with one costs
 * no call. Holds hashes, never tokens. Any thread.
 */
public final class ProvenTokens {
    /** About 200 bytes each; the least recently used is forgotten first, and proven again when it comes back. */
    private static final int KEPT = 100_000;

    private static final long LIFE_MS = 9 * 60_000;

    private final Vertx vertx;
    private final TokenProof proof;
    private final Clock clock;
    private final Tracer tracer;

    /** Hash to the time of the proof. Guarded by this. */
    private final Map<String, Long> proven = new LinkedHashMap<>(64, 0.75f, true);

    /** One proof at a time for a token. Guarded by this; no more than there are requests. */
    private final Map<String, Future<Optional<Instant>>> asked = new HashMap<>();

    public ProvenTokens(Vertx vertx, TokenProof proof, Clock clock, Tracer tracer) {
        this.vertx = vertx;
        this.proof = proof;
        this.clock = clock;
        this.tracer = tracer;
    }

    /**
     * Whether the service accepts the token. Completes on the caller's context; fails with a {@link
     * dev.chatgateway.upstream.ChatServiceException} when that can't be known now.
     *
     * @param address of the client, which pays for the question
     */
    public Future<Boolean> accepts(UserToken token, String address) {
        return provenAt(token, address).map(Optional::isPresent);
    }

    /**
     * When the service accepted the token: within the last ten minutes, or now. Fails with an {@link RpcError}: 401 for a
     * token that is expired or refused, otherwise the service's own failure. Completes on the caller's context.
     *
     * @param address of the client, which pays for the question
     */
    public Future<Instant> prove(UserToken token, String address) {
        return provenAt(token, address)
                .transform(result -> result.failed()
                        ? Future.failedFuture(TokenProof.answer(result.cause()))
                        : result.result()
                                .map(Future::succeededFuture)
                                .orElseGet(() -> Future.failedFuture(TokenProof.refusal(token, clock.instant()))));
    }

    /** Has a token accepted once more, before its proof is too old: its user pays. Fails like {@link #prove}. */
    public Future<Instant> again(UserToken token) {
        String hash = hash(token);
        return proof.again(token).map(done -> remember(hash)).onFailure(failure -> {
            if (failure instanceof RpcError error && error.code() == 401) {
                forget(token);
            }
        });
    }

    private Future<Optional<Instant>> provenAt(UserToken token, String address) {
        String hash = hash(token);
        Future<Optional<Instant>> answer;
        synchronized (this) {
            Long at = proven.get(hash);
            if (at != null && clock.millis() - at < LIFE_MS && token.expiresOn().isAfter(clock.instant())) {
                return Future.succeededFuture(Optional.of(Instant.ofEpochMilli(at)));
            }
            Future<Optional<Instant>> running = asked.get(hash);
            if (running == null) {
                Promise<Optional<Instant>> promise = Promise.promise();
                running = promise.future();
                asked.put(hash, running);
                ask(token, hash, address, promise);
            }
            answer = running;
        }
        Context caller = vertx.getOrCreateContext();
        Promise<Optional<Instant>> here = Promise.promise();
        Span mine = tracer.current();
        answer.onComplete(result -> caller.runOnContext(v -> mine.run(() -> here.handle(result))));
        return here.future();
    }

    /** The service has refused the token after all. */
    public synchronized void forget(UserToken token) {
        proven.remove(hash(token));
    }

    private void ask(UserToken token, String hash, String address, Promise<Optional<Instant>> promise) {
        proof.accepted(token, address).onComplete(result -> {
            Optional<Instant> at =
                    result.succeeded() && result.result() ? Optional.of(remember(hash)) : Optional.empty();
            synchronized (this) {
                asked.remove(hash);
            }
            if (result.succeeded()) {
                promise.complete(at);
            } else {
                promise.fail(result.cause());
            }
        });
    }

    private synchronized Instant remember(String hash) {
        long now = clock.millis();
        proven.put(hash, now);
        if (proven.size() > KEPT) {
            proven.remove(proven.keySet().iterator().next());
        }
        return Instant.ofEpochMilli(now);
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
