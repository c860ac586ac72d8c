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
 * {@code /chat/*}: forwards the REST API of the chat service, so that its official clients can use the https port of
 * the gateway as their endpoint. Writes reach subscribers at once. One object for all event loops.
 */
public final class ChatProxyRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(ChatProxyRoutes.class);
    private static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE");
    private static final List<String> SECRET_PARAMETERS = List.of("token", "access_token");
    private static final String BEARER = "bearer ";
    private static final int MAX_TOKEN_LENGTH = 8192;

    /** Default limit of servers for the header list size of a request, as of the service. */
    private static final int MAX_HEADER_BYTES = 8192;

    private static final long RETRY_MS = 1_000;

    private final LiveConfig live;
    private final ChatCors cors;
    private final ChatProxy service;
    private final ProvenTokens tokens;
    private final MembershipFilter members;
    private final GatewayMetrics metrics;
    private final ChatProxyResponses responses;
    private final ChatProxyRefusal refusal;
    private final CallSlots slots;
    private final BiConsumer<HttpConnection, String> onProven;

    /**
     * @param onProven called with the connection and the user id when the service has accepted the token of a request
     */
    public ChatProxyRoutes(
            LiveConfig live,
            ChatProxy service,
            ProvenTokens tokens,
            MembershipFilter members,
            ThreadFeed feed,
            GatewayMetrics metrics,
            Clock clock,
            BiConsumer<HttpConnection, String> onProven) {
        this.live = live;
        this.cors = new ChatCors(live);
        this.service = service;
        this.tokens = tokens;
        this.members = members;
        this.metrics = metrics;
        this.slots = new CallSlots(live);
        this.onProven = onProven;
        this.refusal = new ChatProxyRefusal(live.limits().bodyBytes());
        this.responses = new ChatProxyResponses(
                new ChatLinks(service.basePath()), new ChatProxyWrites(feed, clock), tokens, members, refusal, metrics);
    }

    /** Adds the route. Call it after the routes of the page, whose security headers these responses need too. */
    public void mount(Router router) {
        router.route("/chat/*").handler(this::handle);
    }

    private void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        String method = request.method().name();
        if (!cors.checkOrigin(request)) {
            refusal.send(
                    request,
                    403,
                    "Forbidden",
                    "Origin: not allowed (expected: the gateway's own or one of http.origins)");
        } else if (method.equals("OPTIONS")) {
            ChatCors.sendPreflight(request.response());
        } else if (!METHODS.contains(method)) {
            refusal.send(request, 405, "MethodNotAllowed", "This path does not take this method.");
        } else {
            checkRequest(request, method);
        }
    }

    private void checkRequest(HttpServerRequest request, String method) {
        String target = RequestHost.originForm(request.uri());
        Optional<ChatProxyPath> path = ChatProxyPath.of(method, target);
        Optional<PublicOrigin> origin = cors.ownOrigin(request);
        if (path.isEmpty()) {
            refusal.send(request, 404, "NotFound", "There is nothing at this path.");
        } else if (origin.isEmpty()) {
            refusal.send(request, 400, "BadRequest", "Host: missing or malformed");
        } else if (SECRET_PARAMETERS.stream().anyMatch(request.params()::contains)) {
            refusal.send(
                    request,
                    400,
                    "BadRequest",
                    "token: in the URL (expected: in the Authorization header, as URLs end" + " in logs)");
        } else if (ChatProxyHeaders.http2Size(target, request.headers()) > MAX_HEADER_BYTES) {
            metrics.limitHit("passedHeaders");
            refusal.send(
                    request,
                    431,
                    "RequestHeaderFieldsTooLarge",
                    "Target and headers are longer than " + MAX_HEADER_BYTES + " bytes, more than the service takes.");
        } else if (isBodyTooLong(request)) {
            metrics.limitHit("bodyBytes");
            refusal.send(
                    request,
                    413,
                    "PayloadTooLarge",
                    "The body is longer than " + live.limits().bodyBytes() + " bytes.");
        } else if (slots.isFull()) {
            metrics.limitHit("passedThrough");
            refusal.send(request, 503, "ServiceUnavailable", "The gateway is passing on too many requests.");
        } else {
            forward(request, target, path.get(), origin.get());
        }
    }

    private void forward(HttpServerRequest request, String target, ChatProxyPath path, PublicOrigin origin) {
        UserToken token = token(request);
        if (token == null) {
            refusal.send(
                    request,
                    401,
                    "Unauthorized",
                    "Authorization: missing or no access token (expected: Bearer and a user's access token)");
            return;
        }
        String address = cors.clientAddress(request);
        Future<Boolean> proof = tokens.accepts(token, address);
        boolean known = proof.succeeded() && proof.result();
        Optional<CallSlots.Slot> acquired = known ? slots.acquireProven(token.userId()) : slots.acquire(address);
        if (acquired.isEmpty()) {
            refusal.send(request, known ? tooManyOfUser() : tooManyOfAddress());
            return;
        }
        CallSlots.Slot slot = acquired.get();
        Promise<Void> gone = Promise.promise();
        request.response().closeHandler(v -> {
            slot.release();
            gone.tryComplete();
        });
        // Created now, because it pauses the request until the body is read.
        CallBody body = new CallBody(request, live.limits().bodyBytes());
        proof.compose(accepted -> assignSlot(request, token, slot, accepted)
                        .compose(v -> readBody(body, slot))
                        .map(content -> newCall(request, path, target, content, token, accepted ? null : address)))
                .onFailure(failure -> {
                    slot.release();
                    sendFailure(request, failure);
                })
                .onSuccess(call -> execute(request, call, gone.future(), origin).onComplete(done -> slot.release()));
    }

    private static ChatProxyCall newCall(
            HttpServerRequest request,
            ChatProxyPath path,
            String target,
            Buffer content,
            UserToken token,
            @Nullable String address) {
        return new ChatProxyCall(
                path,
                request.method().name(),
                target,
                ChatProxyHeaders.forService(request.headers()),
                content.length() == 0 ? null : content,
                token,
                address);
    }

    private Future<Void> execute(
            HttpServerRequest request, ChatProxyCall call, Future<Void> gone, PublicOrigin origin) {
        return checkMembership(call)
                .compose(v -> service.forward(call, gone))
                .onFailure(failure -> {
                    responses.callFailed(call, failure);
                    sendFailure(request, failure);
                })
                .compose(response -> responses.send(request, call, response, origin));
    }

    /** A proven user has a limit of his own; his call no longer counts for the address. */
    private Future<Void> assignSlot(HttpServerRequest request, UserToken token, CallSlots.Slot slot, boolean accepted) {
        if (!accepted) {
            return Future.succeededFuture();
        }
        onProven.accept(request.connection(), token.userId());
        return slot.assignToUser(token.userId()) ? Future.succeededFuture() : Future.failedFuture(tooManyOfUser());
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

    private Future<Buffer> readBody(CallBody body, CallSlots.Slot slot) {
        if (!slot.reserveBytes(body.maxLength())) {
            metrics.limitHit("passedBodies");
            return Future.failedFuture(new ChatServiceException(
                    Kind.UNAVAILABLE,
                    503,
                    "ServiceUnavailable",
                    "The gateway is reading too many bodies.",
                    RETRY_MS,
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
        return new ChatServiceException(Kind.THROTTLED, 429, "TooManyRequests", message, RETRY_MS, null);
    }

    /** Checks that the user takes part in the thread. Calls with unproven tokens are left to the service. */
    private Future<Void> checkMembership(ChatProxyCall call) {
        ChatOperation operation = call.path().operation();
        String threadId = call.path().threadId();
        UserToken token = call.token();
        return operation == null || threadId == null || token == null || call.address() != null
                ? Future.succeededFuture()
                : members.admit(operation, token, threadId);
    }

    private void sendFailure(HttpServerRequest request, Throwable failure) {
        if (failure instanceof ChatServiceException refused) {
            refusal.send(request, refused);
        } else {
            LOG.error("a call below /chat failed", failure);
            refusal.send(request, 500, "InternalServerError", "The gateway failed at this request.");
        }
    }

    private boolean isBodyTooLong(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return length != null
                && (length.length() > 9
                        || Integer.parseInt(length) > live.limits().bodyBytes());
    }

    /** The bearer token; null if it is missing or malformed. */
    private static @Nullable UserToken token(HttpServerRequest request) {
        String header = request.getHeader("Authorization");
        if (header == null
                || !header.toLowerCase(Locale.ROOT).startsWith(BEARER)
                || header.length() > MAX_TOKEN_LENGTH + BEARER.length()) {
            return null;
        }
        try {
            return UserToken.parse(header.substring(BEARER.length()).strip());
        } catch (RuntimeException e) {
            return null;
        }
    }
}
