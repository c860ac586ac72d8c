package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tokens that the service has accepted within the last ten minutes, for requests that come without a connection to
 * remember it. Holds hashes, never tokens. Any thread.
 */
public final class ProvenTokens {
    /** About 200 bytes each; the least recently used is forgotten first, and proven again when it comes back. */
    private static final int KEPT = 100_000;

    private static final long LIFE_MS = 9 * 60_000;

    private final Vertx vertx;
    private final TokenProof proof;
    private final Clock clock;

    /** Hash to the time of the proof. Guarded by this. */
    private final Map<String, Long> proven = new LinkedHashMap<>(64, 0.75f, true);

    /** One proof at a time for a token. Guarded by this; no more than there are requests. */
    private final Map<String, Future<Boolean>> asked = new HashMap<>();

    public ProvenTokens(Vertx vertx, TokenProof proof, Clock clock) {
        this.vertx = vertx;
        this.proof = proof;
        this.clock = clock;
    }

    /**
     * Whether the service accepts the token. Completes on the caller's context; fails with a {@link
     * dev.chatgateway.upstream.ChatServiceException} when that can't be known now.
     *
     * @param address of the client, which pays for the question
     */
    public Future<Boolean> accepts(UserToken token, String address) {
        String hash = hash(token);
        Future<Boolean> answer;
        synchronized (this) {
            Long at = proven.get(hash);
            if (at != null && clock.millis() - at < LIFE_MS && token.expiresOn().isAfter(clock.instant())) {
                return Future.succeededFuture(true);
            }
            Future<Boolean> running = asked.get(hash);
            if (running == null) {
                Promise<Boolean> promise = Promise.promise();
                running = promise.future();
                asked.put(hash, running);
                ask(token, hash, address, promise);
            }
            answer = running;
        }
        Context caller = vertx.getOrCreateContext();
        Promise<Boolean> here = Promise.promise();
        answer.onComplete(result -> caller.runOnContext(v -> here.handle(result)));
        return here.future();
    }

    /** The service has refused the token after all. */
    public synchronized void forget(UserToken token) {
        proven.remove(hash(token));
    }

    private void ask(UserToken token, String hash, String address, Promise<Boolean> promise) {
        proof.accepted(token, address).onComplete(result -> {
            synchronized (this) {
                asked.remove(hash);
                if (result.succeeded() && result.result()) {
                    proven.put(hash, clock.millis());
                    if (proven.size() > KEPT) {
                        proven.remove(proven.keySet().iterator().next());
                    }
                }
            }
            promise.handle(result);
        });
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
