package dev.chatgateway.signaling;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.signaling.handover.Grant;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Checks the tokens of requests. A token that is missing, expired or refused is answered with 401, which makes a client stop
 * after a few attempts; everything that may pass with 503. For one event loop.
 */
final class RequestTokens {
    private static final String BEARER = "bearer ";
    private static final int LONGEST = 8192;

    private final SignalingNode node;
    private final SignalingResponses responses;

    RequestTokens(SignalingNode node, SignalingResponses responses) {
        this.node = node;
        this.responses = responses;
    }

    /** Checks the token of a request to the endpoint. Completes only if the service accepts it; else the request is answered. */
    Future<Grant> bearer(HttpServerRequest request, String name) {
        String header = request.getHeader("Authorization");
        return check(
                request,
                name,
                header != null && header.toLowerCase(Locale.ROOT).startsWith(BEARER)
                        ? header.substring(BEARER.length()).strip()
                        : null);
    }

    /** Checks the token of a request to the live channel. Completes only if the service accepts it, as above. */
    Future<Grant> skypeToken(HttpServerRequest request, String name) {
        return check(request, name, request.getHeader("X-Skypetoken"));
    }

    private Future<Grant> check(HttpServerRequest request, String name, @Nullable String text) {
        UserToken token = token(text);
        if (token == null) {
            responses.refuse(request, name, 401, "token: missing or no access token (expected: a user's access token)");
            return Future.failedFuture("no token");
        }
        return node.tokens()
                .prove(token, node.cors().clientAddress(request), false)
                .onFailure(failure -> {
                    if (failure instanceof RpcError error && error.code() == 401) {
                        responses.refuse(request, name, 401, String.valueOf(error.getMessage()));
                    } else {
                        responses.unavailable(request, name);
                    }
                })
                .map(at -> {
                    node.proven().accept(request.connection(), token.userId());
                    return new Grant(token, at.toEpochMilli());
                });
    }

    private static @Nullable UserToken token(@Nullable String text) {
        try {
            return text == null || text.length() > LONGEST ? null : UserToken.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
