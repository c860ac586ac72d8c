package dev.chatgateway.command.token;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Has the chat service say whether it accepts a token; nothing in a token is believed before. */
public final class TokenProof {
    private static final String UNANSWERED = "token: could not be proven, as the chat service did not answer well: ";
    private static final long RETRY_MS = 2_000;

    private static final Map<String, String> ONE = Map.of("maxPageSize", "1");

    private final ChatService service;
    private final Clock clock;

    public TokenProof(ChatService service, Clock clock) {
        this.service = service;
        this.clock = clock;
    }

    /**
     * Has a token accepted once more that was before, with the cheapest call that every scope may make: its user pays.
     * Fails with an {@link RpcError}: 401 for a token that is expired or refused, otherwise the service's own failure.
     */
    Future<Void> again(UserToken token) {
        if (!token.expiresOn().isAfter(clock.instant())) {
            return Future.failedFuture(refusal(token, clock.instant()));
        }
        return service.call(call(token)).<Void>mapEmpty().recover(failure -> Future.failedFuture(answer(failure)));
    }

    /**
     * Whether the service accepts a token; fails with the service's own failure when that can't be known now.
     *
     * @param address of the client, which pays; null if the service has accepted the token before, so that its user pays
     * @param refusedBefore whether the service has refused the token lately, or another of the same client, so that it has
     *     a part of what the address may spend
     */
    Future<Boolean> accepted(UserToken token, @Nullable String address, boolean refusedBefore) {
        if (!token.expiresOn().isAfter(clock.instant())) {
            return Future.succeededFuture(false);
        }
        ChatCall known = call(token);
        ChatCall call =
                address == null ? known : refusedBefore ? known.refusedBefore(address) : known.unproven(address);
        return service.call(call)
                .map(reply -> true)
                .recover(failure -> refused(failure) ? Future.succeededFuture(false) : Future.failedFuture(failure));
    }

    private static boolean refused(Throwable failure) {
        return failure instanceof ChatServiceException answer && (answer.status() == 401 || answer.status() == 403);
    }

    private static ChatCall call(UserToken token) {
        return ChatCall.of(ChatOperation.LIST_THREADS, token, null, Priority.HISTORY)
                .query(ONE);
    }

    /** The service has not said in time whether it accepts a token. */
    static ChatServiceException late(long limitMs) {
        return new ChatServiceException(
                ChatServiceException.Kind.UNAVAILABLE,
                503,
                "ServiceUnavailable",
                "no answer within " + limitMs + " ms",
                RETRY_MS,
                null);
    }

    /** Why a token is not taken. */
    static RpcError refusal(UserToken token, Instant now) {
        return token.expiresOn().isAfter(now)
                ? RpcError.unauthorized("token: refused by the chat service (expected: a valid user access token)")
                : RpcError.unauthorized("token: expired at " + token.expiresOn()
                        + " (expected: a user access token that is valid now)");
    }

    /** The service's failure as a client's error; 503 whatever the way in which the service could not answer. */
    static Throwable answer(Throwable failure) {
        if (refused(failure)) {
            return RpcError.unauthorized("token: refused by the chat service (expected: a valid user access token)");
        }
        if (failure instanceof ChatServiceException other && other.status() >= 500) {
            long againMs = other.retryAfterMs() < 0 ? RETRY_MS : other.retryAfterMs();
            return new RpcError(
                    503, UNANSWERED + other.getMessage(), RpcError.data("ServiceUnavailable", true, againMs));
        }
        if (failure instanceof ChatServiceException other) {
            return new RpcError(
                    other.status(),
                    UNANSWERED + other.getMessage(),
                    RpcError.data(other.code(), other.retryable(), other.retryAfterMs()));
        }
        return failure;
    }
}
