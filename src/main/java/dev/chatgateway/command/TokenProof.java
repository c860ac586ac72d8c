package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.time.Clock;
import java.util.Map;

/** Has the chat service say whether it accepts a token; nothing in a token is believed before. */
public final class TokenProof {
    private static final Map<String, String> ONE = Map.of("maxPageSize", "1");

    private final ChatService service;
    private final Clock clock;

    public TokenProof(ChatService service, Clock clock) {
        this.service = service;
        this.clock = clock;
    }

    /** Has a token accepted once more that was before: its user pays. */
    public Future<Void> again(UserToken token) {
        return prove(token, call(token));
    }

    /**
     * Asks with the cheapest call that every scope may make. Fails with an {@link RpcError}: 401 for a token that is
     * expired or refused, otherwise the service's own failure.
     *
     * @param address of the client, which pays until the service has accepted the token
     */
    public Future<Void> prove(UserToken token, String address) {
        return prove(token, call(token).unproven(address));
    }

    /** Whether the service accepts a token; fails with the service's own failure when that can't be known now. */
    Future<Boolean> accepted(UserToken token, String address) {
        if (!token.expiresOn().isAfter(clock.instant())) {
            return Future.succeededFuture(false);
        }
        return service.call(call(token).unproven(address))
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

    private Future<Void> prove(UserToken token, ChatCall call) {
        if (!token.expiresOn().isAfter(clock.instant())) {
            return Future.failedFuture(RpcError.unauthorized(
                    "token: expired at " + token.expiresOn() + " (expected: a user access token that is valid now)"));
        }
        return service.call(call).<Void>mapEmpty().recover(failure -> Future.failedFuture(answer(failure)));
    }

    private static Throwable answer(Throwable failure) {
        if (refused(failure)) {
            return RpcError.unauthorized("token: refused by the chat service (expected: a valid user access token)");
        }
        if (failure instanceof ChatServiceException other) {
            return new RpcError(
                    other.status(),
                    "token: could not be proven, as the chat service did not answer well: " + other.getMessage(),
                    RpcError.data(other.code(), other.retryable(), other.retryAfterMs()));
        }
        return failure;
    }
}
