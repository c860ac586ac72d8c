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

/** Hands the service's answers to the clients: listings with their link rewritten, all else as a stream. */
final class ChatProxyResponses {
    private static final Set<ChatOperation> LISTINGS = EnumSet.of(
            ChatOperation.LIST_THREADS,
            ChatOperation.LIST_MESSAGES,
            ChatOperation.LIST_PARTICIPANTS,
            ChatOperation.LIST_READ_RECEIPTS);

    /** A page is for whoever asks and reads: longer it is not kept for one who does not take it. */
    private static final long TAKE_SECONDS = 60;

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

    /** Completes when the client has the answer, or is gone; a client that does not take it in time is cut off. */
    Future<Void> send(HttpServerRequest request, ChatProxyCall call, ChatProxyAnswer answer, PublicOrigin origin) {
        tell(call, answer);
        ChatOperation operation = call.path().operation();
        boolean listing = operation != null
                && LISTINGS.contains(operation)
                && answer.status() == 200
                && !answer.headers().contains("Content-Encoding");
        return listing ? list(request, answer, origin) : stream(request.response(), answer, origin);
    }

    private Future<Void> list(HttpServerRequest request, ChatProxyAnswer answer, PublicOrigin origin) {
        return pages.collect(answer.body())
                .onFailure(cause -> {
                    answer.abandon().run();
                    tooMuch(request, cause);
                })
                .compose(held -> {
                    HttpServerResponse response = request.response();
                    if (response.closed()) {
                        held.release().run();
                        return Future.succeededFuture();
                    }
                    head(response, answer, origin);
                    Buffer rewritten = links.page(held.page(), origin.toString());
                    return response.putHeader("Content-Length", Integer.toString(rewritten.length()))
                            .end(rewritten)
                            .timeout(TAKE_SECONDS, TimeUnit.SECONDS)
                            .onFailure(slow -> request.connection().close())
                            .onComplete(done -> held.release().run());
                });
    }

    /** No answer, or none was asked for. */
    void failed(ChatProxyCall call, Throwable failure) {
        if (failure instanceof ChatServiceException refused) {
            if (refused.kind() == ChatServiceException.Kind.IN_DOUBT) {
                writes.inDoubt(call.path());
            } else if (refused.kind() == ChatServiceException.Kind.THROTTLED) {
                throttled(call);
            }
        }
    }

    private void tell(ChatProxyCall call, ChatProxyAnswer answer) {
        int status = answer.status();
        if (status < 300 && call.token() != null) {
            Buffer body = call.body();
            Buffer read = body == null || body.length() > ChatProxyWrites.TYPING_BYTES ? Buffer.buffer() : body;
            writes.done(call.path(), call.token(), answer.headers().get("Location"), read);
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

    /** Nobody is shown for a token that is not proven. */
    private void throttled(ChatProxyCall call) {
        if (call.token() != null && call.address() == null) {
            writes.throttled(call.path(), call.token());
        }
    }

    private Future<Void> stream(HttpServerResponse response, ChatProxyAnswer answer, PublicOrigin origin) {
        if (response.closed()) {
            answer.abandon().run();
            return Future.succeededFuture();
        }
        head(response, answer, origin);
        boolean bodiless = answer.status() == 204 || answer.status() == 304;
        if (!bodiless && !answer.headers().contains("Content-Length")) {
            response.setChunked(true);
        }
        return answer.body().pipe().endOnFailure(false).to(response).onFailure(cause -> {
            answer.abandon().run();
            response.reset();
        });
    }

    private void head(HttpServerResponse response, ChatProxyAnswer answer, PublicOrigin origin) {
        response.setStatusCode(answer.status());
        ChatProxyHeaders.inbound(answer.headers(), response.headers());
        String location = answer.headers().get("Location");
        if (location != null) {
            response.putHeader("Location", links.rewritten(location, origin.toString()));
        }
    }

    private void tooMuch(HttpServerRequest request, Throwable cause) {
        if (cause instanceof BoundedStream.TooLong) {
            metrics.limitHit("passedPage");
            refusal.answer(
                    request, 502, "BadGateway", "The page is longer than " + PageCollector.PAGE_BYTES + " bytes.");
        } else if (cause instanceof PageCollector.Full) {
            metrics.limitHit("passedPages");
            refusal.answer(request, 503, "ServiceUnavailable", "The gateway is holding too many pages.");
        } else {
            refusal.answer(request, 502, "BadGateway", "The connection to the chat service broke within its answer.");
        }
    }
}
