package dev.chatgateway.chatproxy;

import dev.chatgateway.command.token.ProvenTokens;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.config.RequestHost;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.membership.MembershipFilter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /chat/*}: the service's REST API passed through, so that its official clients take the gateway's https port for
 * their endpoint. What is written here reaches subscribers at once. One object for all event loops.
 */
public final class ChatProxyRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ChatProxyRoutes.class);
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE");
    private static final List<String> SECRET_PARAMETERS = List.of("token", "access_token");
    private static final String BEARER = "bearer ";
    private static final int TOKEN_LENGTH = 8192;

    /** Of a request as HTTP/2 counts them: what a server accepts that says nothing else, as the service does. */
    private static final int HEADER_BYTES = 8192;

    private static final long SLOT_PAUSE_MS = 1_000;

    private final LiveConfig live;
    private final ChatCors cors;
    private final ChatProxy service;
    private final ProvenTokens tokens;
    private final MembershipFilter members;
    private final GatewayMetrics metrics;
    private final ChatProxyResponses answers;
    private final ChatProxyRefusal refusal;
    private final CallSlots slots;
    private final BiConsumer<HttpConnection, String> proven;

    /** @param proven told that the service has accepted the token of a request, and whose it is */
    public ChatProxyRoutes(
            LiveConfig live,
            ChatProxy service,
            ProvenTokens tokens,
            MembershipFilter members,
            ThreadFeed feed,
            GatewayMetrics metrics,
            Clock clock,
            BiConsumer<HttpConnection, String> proven) {
        this.live = live;
        this.cors = new ChatCors(live);
        this.service = service;
        this.tokens = tokens;
        this.members = members;
        this.metrics = metrics;
        this.slots = new CallSlots(live);
        this.proven = proven;
        this.refusal = new ChatProxyRefusal(live.limits().bodyBytes());
        this.answers = new ChatProxyResponses(
                new ChatLinks(service.basePath()), new ChatProxyWrites(feed, clock), tokens, members, refusal, metrics);
    }

    /** Adds the route; after the page's, whose security headers these answers bear too. */
    public void mount(Router router) {
        router.route("/chat/*").handler(this::take);
    }

    private void take(RoutingContext context) {
        HttpServerRequest request = context.request();
        String method = request.method().name();
        if (!cors.admit(request)) {
            refusal.answer(
                    request,
                    403,
                    "Forbidden",
                    "Origin: not allowed (expected: the gateway's own or one of http.origins)");
        } else if (method.equals("OPTIONS")) {
            ChatCors.preflight(request.response());
        } else if (!METHODS.contains(method)) {
            refusal.answer(request, 405, "MethodNotAllowed", "This path does not take this method.");
        } else {
            judge(request, method);
        }
    }

    private void judge(HttpServerRequest request, String method) {
        String target = RequestHost.originForm(request.uri());
        Optional<ChatProxyPath> path = ChatProxyPath.of(method, target);
        Optional<PublicOrigin> origin = cors.own(request);
        if (path.isEmpty()) {
            refusal.answer(request, 404, "NotFound", "There is nothing at this path.");
        } else if (origin.isEmpty()) {
            refusal.answer(request, 400, "BadRequest", "Host: missing or malformed");
        } else if (SECRET_PARAMETERS.stream().anyMatch(request.params()::contains)) {
            refusal.answer(
                    request,
                    400,
                    "BadRequest",
                    "token: in the URL (expected: in the Authorization header, as URLs end" + " in logs)");
        } else if (ChatProxyHeaders.bytes(target, request.headers()) > HEADER_BYTES) {
            metrics.limitHit("passedHeaders");
            refusal.answer(
                    request,
                    431,
                    "RequestHeaderFieldsTooLarge",
                    "Target and headers are longer than " + HEADER_BYTES + " bytes, more than the service takes.");
        } else if (tooLong(request)) {
            metrics.limitHit("bodyBytes");
            refusal.answer(
                    request,
                    413,
                    "PayloadTooLarge",
                    "The body is longer than " + live.limits().bodyBytes() + " bytes.");
        } else if (slots.full()) {
            metrics.limitHit("passedThrough");
            refusal.answer(request, 503, "ServiceUnavailable", "The gateway is passing on too many requests.");
        } else {
            pass(request, target, path.get(), origin.get());
        }
    }

    private void pass(HttpServerRequest request, String target, ChatProxyPath path, PublicOrigin origin) {
        UserToken token = token(request);
        if (token == null) {
            refusal.answer(
                    request,
                    401,
                    "Unauthorized",
                    "Authorization: missing or no access token (expected: Bearer and a user's access token)");
            return;
        }
        String address = cors.clientAddress(request);
        Future<Boolean> asked = tokens.accepts(token, address);
        boolean known = asked.succeeded() && asked.result();
        Optional<CallSlots.Slot> entered = known ? slots.enterProven(token.userId()) : slots.enter(address);
        if (entered.isEmpty()) {
            refusal.answer(request, known ? tooManyOfUser() : tooManyOfAddress());
            return;
        }
        CallSlots.Slot slot = entered.get();
        CallBody body = new CallBody(request, live.limits().bodyBytes());
        Promise<Void> gone = Promise.promise();
        request.response().closeHandler(v -> {
            slot.release();
            gone.tryComplete();
        });
        asked.compose(accepted -> admit(request, token, slot, accepted)
                        .compose(v -> read(body, slot))
                        .map(content -> new ChatProxyCall(
                                path,
                                request.method().name(),
                                target,
                                ChatProxyHeaders.outbound(request.headers()),
                                content.length() == 0 ? null : content,
                                token,
                                accepted ? null : address)))
                .onFailure(failure -> {
                    slot.release();
                    fail(request, failure);
                })
                .onSuccess(call -> admitted(call)
                        .compose(v -> service.forward(call, gone.future()))
                        .onFailure(failure -> {
                            answers.failed(call, failure);
                            fail(request, failure);
                        })
                        .compose(answer -> answers.send(request, call, answer, origin))
                        .onComplete(done -> slot.release()));
    }

    /** Whoever is proven has a bound of his own, and leaves those of his address. */
    private Future<Void> admit(HttpServerRequest request, UserToken token, CallSlots.Slot slot, boolean accepted) {
        if (!accepted) {
            return Future.succeededFuture();
        }
        proven.accept(request.connection(), token.userId());
        if (slot.proven(token.userId())) {
            return Future.succeededFuture();
        }
        return Future.failedFuture(tooManyOfUser());
    }

    private ChatServiceException tooManyOfUser() {
        metrics.limitHit("userCallsAtOnce");
        return tooMany("More than " + live.limits().userCallsAtOnce() + " calls of this user at once.");
    }

    private ChatServiceException tooManyOfAddress() {
        metrics.limitHit("unprovenCallsAtOnce");
        return tooMany("More than " + live.limits().unprovenCallsAtOnce()
                + " calls at once of this address with tokens that are not known to be accepted.");
    }

    private Future<Buffer> read(CallBody body, CallSlots.Slot slot) {
        if (!slot.hold(body.most())) {
            metrics.limitHit("passedBodies");
            return Future.failedFuture(new ChatServiceException(
                    Kind.UNAVAILABLE,
                    503,
                    "ServiceUnavailable",
                    "The gateway is reading too many bodies.",
                    SLOT_PAUSE_MS,
                    null));
        }
        long limitMs = Math.min(
                live.limits().bodySeconds() * 1000L, live.config().upstream().timeoutMs());
        return body.read(limitMs).onFailure(failure -> {
            if (failure instanceof ChatServiceException refused && refused.status() == 413) {
                metrics.limitHit("bodyBytes");
            } else if (failure instanceof ChatServiceException refused && refused.status() == 408) {
                metrics.limitHit("bodySeconds");
            }
        });
    }

    private static ChatServiceException tooMany(String message) {
        return new ChatServiceException(Kind.THROTTLED, 429, "TooManyRequests", message, SLOT_PAUSE_MS, null);
    }

    /** A token that the service has not accepted is judged by the service itself. */
    private Future<Void> admitted(ChatProxyCall call) {
        ChatOperation operation = call.path().operation();
        String threadId = call.path().threadId();
        UserToken token = call.token();
        return operation == null || threadId == null || token == null || call.address() != null
                ? Future.succeededFuture()
                : members.admit(operation, token, threadId);
    }

    private void fail(HttpServerRequest request, Throwable failure) {
        if (failure instanceof ChatServiceException refused) {
            refusal.answer(request, refused);
        } else {
            LOG.error("a call below /chat failed", failure);
            refusal.answer(request, 500, "InternalServerError", "The gateway failed at this request.");
        }
    }

    private boolean tooLong(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return length != null
                && (length.length() > 9
                        || Integer.parseInt(length) > live.limits().bodyBytes());
    }

    /** A token that can't be read is none. */
    private static @Nullable UserToken token(HttpServerRequest request) {
        String header = request.getHeader("Authorization");
        if (header == null
                || !header.toLowerCase(Locale.ROOT).startsWith(BEARER)
                || header.length() > TOKEN_LENGTH + BEARER.length()) {
            return null;
        }
        try {
            return UserToken.parse(header.substring(BEARER.length()).strip());
        } catch (RuntimeException e) {
            return null;
        }
    }
}
