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

/** Asks the chat service whether it accepts a token. No claim of a token is trusted before. */
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
     * Proves a token that was accepted before, with the cheapest call that every scope allows; it counts against the
     * user. Fails with an {@link RpcError}: 401 for a token that is expired or refused, otherwise the service's own failure.
     */
    Future<Void> again(UserToken token) {
        if (!token.expiresOn().isAfter(clock.instant())) {
            return Future.failedFuture(refusal(token, clock.instant()));
        }
        return service.call(call(token)).<Void>mapEmpty().recover(failure -> Future.failedFuture(clientError(failure)));
    }

    /**
     * Whether the service accepts a token. Fails with the service's own failure if it does not answer that.
     *
     * @param address of the client, against which the call counts; null if the service has accepted the token before, so
     *     that the call counts against its user
     * @param refusedBefore whether the service lately refused the token, or another one of the same client, so that the
     *     call has only a part of the quota of the address
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

    /** The failure of a question that the service did not answer in time. */
    static ChatServiceException late(long limitMs) {
        return new ChatServiceException(
                ChatServiceException.Kind.UNAVAILABLE,
                503,
                "ServiceUnavailable",
                "no answer within " + limitMs + " ms",
                RETRY_MS,
                null);
    }

    /** The client's error for a token that is expired or refused. */
    static RpcError refusal(UserToken token, Instant now) {
        return token.expiresOn().isAfter(now)
                ? RpcError.unauthorized("token: refused by the chat service (expected: a valid user access token)")
                : RpcError.unauthorized("token: expired at " + token.expiresOn()
                        + " (expected: a user access token that is valid now)");
    }

    /** The client's error for a failure of the service; 503 for each of its 5xx. */
    static Throwable clientError(Throwable failure) {
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
