package dev.chatgateway.rest;

import dev.chatgateway.command.ProvenTokens;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.config.RequestHost;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.upstream.BoundedStream;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.MemberGate;
import dev.chatgateway.upstream.PassThrough;
import dev.chatgateway.upstream.PassedCall;
import dev.chatgateway.upstream.PassedPath;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
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

    /** Requests passed through at once at most: each holds two connections and some buffers. */
    private static final int OPEN = 2_000;

    private final LiveConfig live;
    private final ChatCors cors;
    private final PassThrough service;
    private final ProvenTokens tokens;
    private final MemberGate members;
    private final GatewayMetrics metrics;
    private final ProxyAnswers answers;
    private final ProxyRefusal refusal;
    private final AtomicInteger open = new AtomicInteger();

    public ChatProxyRoutes(
            LiveConfig live,
            PassThrough service,
            ProvenTokens tokens,
            MemberGate members,
            ThreadFeed feed,
            GatewayMetrics metrics,
            Clock clock) {
        this.live = live;
        this.cors = new ChatCors(live);
        this.service = service;
        this.tokens = tokens;
        this.members = members;
        this.metrics = metrics;
        this.refusal = new ProxyRefusal(live.limits().bodyBytes());
        this.answers = new ProxyAnswers(
                new ChatLinks(service.basePath()), new PassedWrites(feed, clock), tokens, members, refusal, metrics);
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
        Optional<PassedPath> path = PassedPath.of(method, target);
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
        } else if (ProxyHeaders.bytes(target, request.headers()) > HEADER_BYTES) {
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
        } else if (open.incrementAndGet() > OPEN) {
            open.decrementAndGet();
            metrics.limitHit("passedThrough");
            refusal.answer(request, 503, "ServiceUnavailable", "The gateway is passing on too many requests.");
        } else {
            pass(request, target, path.get(), origin.get());
        }
    }

    private void pass(HttpServerRequest request, String target, PassedPath path, PublicOrigin origin) {
        String method = request.method().name();
        Promise<Void> gone = Promise.promise();
        Runnable once = new Runnable() {
            private boolean done;

            @Override
            public void run() {
                if (!done) {
                    done = true;
                    open.decrementAndGet();
                }
            }
        };
        request.response().closeHandler(v -> {
            once.run();
            gone.tryComplete();
        });
        BoundedStream body = body(request, method);
        UserToken token = token(request);
        String address = cors.clientAddress(request);
        Future<Boolean> proven = token == null ? Future.succeededFuture(false) : tokens.accepts(token, address);
        proven.onFailure(failure -> {
                    once.run();
                    fail(request, failure);
                })
                .onSuccess(accepted -> {
                    PassedCall call = new PassedCall(
                            path,
                            method,
                            target,
                            ProxyHeaders.outbound(request.headers()),
                            body,
                            token,
                            accepted ? null : address);
                    admitted(call)
                            .compose(v -> service.forward(call, gone.future()))
                            .onFailure(failure -> {
                                answers.failed(call, failure);
                                fail(request, failure);
                            })
                            .compose(answer -> answers.send(request, call, answer, origin))
                            .onComplete(done -> once.run());
                });
    }

    /** A token that the service has not accepted is judged by the service itself. */
    private Future<Void> admitted(PassedCall call) {
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

    /** Paused until the service is ready to take it; null when there is none. */
    private @Nullable BoundedStream body(HttpServerRequest request, String method) {
        String length = request.getHeader("Content-Length");
        boolean framed = request.version() == HttpVersion.HTTP_2
                ? List.of("POST", "PUT", "PATCH").contains(method)
                : request.headers().contains("Transfer-Encoding");
        boolean present = length == null ? framed : !length.equals("0");
        if (!present || request.isEnded()) {
            return null;
        }
        request.pause();
        if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
        return new BoundedStream(request, live.limits().bodyBytes(), PassedWrites.TYPING_BYTES);
    }

    private boolean tooLong(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return length != null
                && (length.length() > 9
                        || Integer.parseInt(length) > live.limits().bodyBytes());
    }

    /** A token that can't be read is none: the service says what it thinks of it. */
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
