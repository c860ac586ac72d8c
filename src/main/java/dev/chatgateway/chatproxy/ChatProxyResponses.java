package dev.chatgateway.chatproxy;

import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.client.BoundedStream;
import dev.chatgateway.upstream.membership.MembershipFilter;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Sends the responses of the service to clients: listing pages with rewritten links, other responses as a stream. Also
 * reports the outcome of calls to the poller and to the token and membership checks.
 */
final class ChatProxyResponses {
    private static final Set<ChatOperation> LISTINGS = EnumSet.of(
            ChatOperation.LIST_THREADS,
            ChatOperation.LIST_MESSAGES,
            ChatOperation.LIST_PARTICIPANTS,
            ChatOperation.LIST_READ_RECEIPTS);

    /** Time that a client has to read a page. After that the connection is closed. */
    private static final long WRITE_SECONDS = 60;

    private final ChatLinks links;
    private final ChatProxyWrites writes;
    private final ProvenTokens tokens;
    private final MembershipFilter members;
    private final ChatProxyRefusal refusal;
    private final GatewayMetrics metrics;
    private final PageCollector pages = new PageCollector();

    ChatProxyResponses(
            ChatLinks links,
            ChatProxyWrites writes,
            ProvenTokens tokens,
            MembershipFilter members,
            ChatProxyRefusal refusal,
            GatewayMetrics metrics) {
        this.links = links;
        this.writes = writes;
        this.tokens = tokens;
        this.members = members;
        this.refusal = refusal;
        this.metrics = metrics;
    }

    /** Sends a response. Completes when the client has received it or has disconnected. */
    Future<Void> send(HttpServerRequest request, ChatProxyCall call, ChatProxyAnswer result, PublicOrigin origin) {
        applyResult(call, result);
        ChatOperation operation = call.path().operation();
        boolean listing = operation != null
                && LISTINGS.contains(operation)
                && result.status() == 200
                && !result.headers().contains("Content-Encoding");
        return listing ? sendPage(request, result, origin) : sendStream(request.response(), result, origin);
    }

    private Future<Void> sendPage(HttpServerRequest request, ChatProxyAnswer result, PublicOrigin origin) {
        return pages.collect(result.body())
                .onFailure(cause -> {
                    result.cancel().run();
                    refusePage(request, cause);
                })
                .compose(held -> {
                    HttpServerResponse response = request.response();
                    if (response.closed()) {
                        held.release().run();
                        return Future.succeededFuture();
                    }
                    writeHead(response, result, origin);
                    Buffer rewritten = links.rewritePage(held.page(), origin.toString());
                    return response.putHeader("Content-Length", Integer.toString(rewritten.length()))
                            .end(rewritten)
                            .timeout(WRITE_SECONDS, TimeUnit.SECONDS)
                            .onFailure(slow -> request.connection().close())
                            .onComplete(done -> held.release().run());
                });
    }

    /** The call has no response: it failed or was not sent. */
    void callFailed(ChatProxyCall call, Throwable failure) {
        if (failure instanceof ChatServiceException refused) {
            if (refused.kind() == ChatServiceException.Kind.IN_DOUBT) {
                writes.inDoubt(call.path());
            } else if (refused.kind() == ChatServiceException.Kind.THROTTLED) {
                throttled(call);
            }
        }
    }

    private void applyResult(ChatProxyCall call, ChatProxyAnswer result) {
        int status = result.status();
        if (status < 300 && call.token() != null) {
            Buffer body = call.body();
            Buffer typingBody = body == null || body.length() > ChatProxyWrites.TYPING_BYTES ? Buffer.buffer() : body;
            writes.accepted(call.path(), call.token(), result.headers().get("Location"), typingBody);
        } else if (status == 401 && call.token() != null && call.address() == null) {
            tokens.unauthorized(call.token());
        } else if (status == 403 && call.token() != null && call.path().threadId() != null) {
            members.refused(call.token().userId(), call.path().threadId());
        } else if (status == 429) {
            throttled(call);
        } else if (status >= 500 && status != 503 && !call.method().equals("GET")) {
            writes.inDoubt(call.path());
        }
    }

    /** Typing is not published for an unproven token. */
    private void throttled(ChatProxyCall call) {
        if (call.token() != null && call.address() == null) {
            writes.throttled(call.path(), call.token());
        }
    }

    private Future<Void> sendStream(HttpServerResponse response, ChatProxyAnswer result, PublicOrigin origin) {
        if (response.closed()) {
            result.cancel().run();
            return Future.succeededFuture();
        }
        writeHead(response, result, origin);
        boolean bodiless = result.status() == 204 || result.status() == 304;
        if (!bodiless && !result.headers().contains("Content-Length")) {
            response.setChunked(true);
        }
        return result.body().pipe().endOnFailure(false).to(response).onFailure(cause -> {
            result.cancel().run();
            response.reset();
        });
    }

    private void writeHead(HttpServerResponse response, ChatProxyAnswer result, PublicOrigin origin) {
        response.setStatusCode(result.status());
        ChatProxyHeaders.copyToClient(result.headers(), response.headers());
        String location = result.headers().get("Location");
        if (location != null) {
            response.putHeader("Location", links.rewrite(location, origin.toString()));
        }
    }

    private void refusePage(HttpServerRequest request, Throwable cause) {
        if (cause instanceof BoundedStream.TooLong) {
            metrics.limitHit("passedPage");
            refusal.send(request, 502, "BadGateway", "The page is longer than " + PageCollector.PAGE_BYTES + " bytes.");
        } else if (cause instanceof PageCollector.Full) {
            metrics.limitHit("passedPages");
            refusal.send(request, 503, "ServiceUnavailable", "The gateway is holding too many pages.");
        } else {
            refusal.send(request, 502, "BadGateway", "The connection to the chat service broke within its response.");
        }
    }
}
