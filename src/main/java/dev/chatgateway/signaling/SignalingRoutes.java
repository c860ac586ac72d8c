package dev.chatgateway.signaling;

import dev.chatgateway.chatproxy.ChatCors;
import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.protocol.SessionReferenceCodec.Reference;
import dev.chatgateway.signaling.handover.Grant;
import dev.chatgateway.signaling.handover.RemoteRequest;
import dev.chatgateway.signaling.handover.SessionKey;
import dev.chatgateway.signaling.wire.SignalingUrls;
import dev.chatgateway.socket.connection.HttpListeners;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.ext.web.RoutingContext;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The live channel's requests: configuration, allocation, handshake, polling, registrar, probe. For one event loop.
 */
final class SignalingRoutes {
    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final int BODY_BYTES = 64 * 1024;
    private static final long BODY_MS = 10_000;

    private final LoopContext loop;
    private final SignalingNode node;
    private final SessionFinder finder;
    private final SignalingResponses responses;
    private final RequestTokens tokens;
    private final PollRoutes polls;
    private boolean refusing;

    SignalingRoutes(LoopContext loop, SessionFinder finder) {
        this.loop = loop;
        this.finder = finder;
        node = loop.node();
        responses = new SignalingResponses(node.metrics().signaling());
        tokens = new RequestTokens(node, responses);
        polls = new PollRoutes(loop, finder, responses);
    }

    /** One request that is answered here. */
    private record Call(String name, String method, boolean body, Handler handler) {}

    /** Answers a request whose body has been read. */
    @FunctionalInterface
    private interface Handler {
        void answer(HttpServerRequest request, PublicOrigin origin, Buffer body);
    }

    /** Accepts no new sessions from now on. */
    void refuse() {
        refusing = true;
    }

    static boolean identifier(String text) {
        return IDENTIFIER.matcher(text).matches();
    }

    /** The reference that a request of a session carries; empty if it has none that was issued here. */
    Optional<Reference> reference(HttpServerRequest request) {
        return Optional.ofNullable(request.getParam(SignalingUrls.REFERENCE))
                .flatMap(node.references()::read)
                .filter(reference -> reference.registrationId().equals(request.getParam("epid")));
    }

    void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        Call call = call(request);
        if (call == null) {
            context.next();
            return;
        }
        HttpServerResponse response = HttpListeners.withSecurityHeaders(request).putHeader("Cache-Control", "no-store");
        Optional<PublicOrigin> origin = node.cors().ownOrigin(request);
        if (!node.cors().checkOrigin(request) || origin.isEmpty()) {
            responses.refuse(
                    request,
                    call.name,
                    403,
                    "Origin: not allowed (expected: the gateway's own or one of http.origins)");
        } else if (request.method().equals(HttpMethod.OPTIONS)) {
            ChatCors.sendPreflight(response);
        } else if (!call.method.contains(request.method().name())) {
            responses.refuse(request, call.name, 405, "This path does not take this method.");
        } else if (!call.body) {
            call.handler.answer(request, origin.get(), Buffer.buffer());
        } else {
            read(request)
                    .onSuccess(body -> call.handler.answer(request, origin.get(), body))
                    .onFailure(
                            failure -> responses.refuse(request, call.name, 413, "The body is too long or too slow."));
        }
    }

    private @Nullable Call call(HttpServerRequest request) {
        String path = request.path();
        if (path.endsWith(SignalingUrls.CONFIGURATION)) {
            return new Call("configuration", "GET", false, this::configuration);
        } else if (path.endsWith(SignalingUrls.ALLOCATE)) {
            return new Call("allocate", "POST", true, this::allocate);
        } else if (path.equals(SignalingUrls.SOCKET_IO) || path.equals(SignalingUrls.SOCKET_IO + "/")) {
            return new Call("handshake", "GET", false, this::handshake);
        } else if (path.startsWith(SignalingUrls.POLLING)) {
            return new Call("poll", "GET, POST", true, this::poll);
        } else if (path.startsWith(SignalingUrls.WEBSOCKET)) {
            return new Call("websocket", "GET", false, (r, o, b) -> websocket(r));
        } else if (path.endsWith(SignalingUrls.REGISTRATIONS)) {
            return new Call("register", "POST", true, this::register);
        } else if (path.contains(SignalingUrls.REGISTRATIONS + "/")) {
            return new Call("unregister", "DELETE", true, this::unregister);
        } else if (path.equals("/") && request.params().contains("check")) {
            return new Call("probe", "GET", false, (r, o, b) -> responses.text(r, "probe", "Trouter"));
        }
        return null;
    }

    private void configuration(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        tokens.bearer(request, "configuration")
                .onSuccess(grant -> responses.json(request, "configuration", SignalingUrls.configuration(origin)));
    }

    private void allocate(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        String id = request.getParam("epid", "");
        if (!identifier(id)) {
            responses.refuse(request, "allocate", 400, "epid: missing or malformed (expected: the client's id)");
            return;
        }
        tokens.skypeToken(request, "allocate").onSuccess(grant -> {
            String userId = grant.token().userId();
            Reference reference = new Reference(userId, id, grant.token().expiresOn());
            grant(
                    request,
                    "allocate",
                    new SessionKey(userId, id),
                    grant,
                    () -> responses.json(
                            request,
                            "allocate",
                            SignalingUrls.session(
                                    origin, reference, node.references().issue(reference))));
        });
    }

    /** Lets the client connect, and answers; 503 if it cannot be let in now. */
    private void grant(HttpServerRequest request, String name, SessionKey key, Grant grant, Runnable answer) {
        if (refusing) {
            responses.unavailable(request, name);
            return;
        }
        finder.grant(key, grant)
                .onSuccess(granted -> {
                    if (granted) {
                        answer.run();
                    } else {
                        responses.unavailable(request, name);
                    }
                })
                .onFailure(failure -> responses.unavailable(request, name));
    }

    private void handshake(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        Optional<Reference> reference = reference(request);
        tokens.skypeToken(request, "handshake").onSuccess(grant -> {
            String userId = grant.token().userId();
            if (reference.isEmpty() || !reference.get().userId().equals(userId)) {
                responses.refuse(
                        request, "handshake", 403, "sr: no session reference of this user (expected: allocate first)");
                return;
            }
            SessionKey key = new SessionKey(userId, reference.get().registrationId());
            String linkId = UUID.randomUUID().toString();
            grant(
                    request,
                    "handshake",
                    key,
                    grant,
                    () -> responses.text(request, "handshake", SignalingUrls.handshake(linkId)));
        });
    }

    /** An upgrade that {@link SignalingLoop} has not taken. */
    private void websocket(HttpServerRequest request) {
        if (reference(request).isEmpty()) {
            responses.refuse(request, "websocket", 403, "sr: no session reference (expected: allocate first)");
        } else {
            responses.unavailable(request, "websocket");
        }
    }

    private void register(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        String id = registrationId(body);
        tokens.skypeToken(request, "register").onSuccess(grant -> {
            SessionKey key = new SessionKey(grant.token().userId(), id);
            Optional<SignalingSession> here = finder.local(key);
            here.ifPresent(session -> session.loop().later(() -> session.registered(grant.token(), grant.provenMs())));
            if (here.isEmpty() && identifier(id)) {
                // The other node finds the token in the directory.
                finder.elsewhere(key)
                        .compose(other -> other.isEmpty()
                                ? Future.failedFuture("no session")
                                : node.directory().grant(key, grant))
                        .compose(kept ->
                                polls.forward(key, new RemoteRequest(RemoteRequest.Kind.REGISTERED, "", 0, "")));
            }
            responses.accepted(request, "register");
        });
    }

    private static String registrationId(Buffer body) {
        try {
            return body.toJsonObject().getValue("registrationId") instanceof String id ? id : "";
        } catch (DecodeException | ClassCastException e) {
            return "";
        }
    }

    private void unregister(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        String id = request.path().substring(request.path().lastIndexOf('/') + 1);
        tokens.skypeToken(request, "unregister").onSuccess(grant -> {
            SessionKey key = new SessionKey(grant.token().userId(), id);
            Optional<SignalingSession> here = finder.local(key);
            here.ifPresent(session -> session.loop().later(session::unregister));
            if (here.isEmpty() && identifier(id)) {
                polls.forward(key, new RemoteRequest(RemoteRequest.Kind.UNREGISTERED, "", 0, ""));
            }
            responses.accepted(request, "unregister");
        });
    }

    private void poll(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        String linkId = request.path().substring(SignalingUrls.POLLING.length());
        Optional<Reference> reference = reference(request);
        if (reference.isEmpty() || !identifier(linkId)) {
            responses.refuse(request, "poll", 403, "sr: no session reference (expected: allocate first)");
        } else {
            polls.handle(request, origin, reference.get(), linkId, body);
        }
    }

    private Future<Buffer> read(HttpServerRequest request) {
        Promise<Buffer> done = Promise.promise();
        Buffer body = Buffer.buffer();
        long timer = loop.after(BODY_MS, () -> done.tryFail("too slow"));
        request.handler(part -> {
                    if (body.length() + part.length() > BODY_BYTES) {
                        done.tryFail("too long");
                    } else {
                        body.appendBuffer(part);
                    }
                })
                .exceptionHandler(done::tryFail)
                .endHandler(end -> done.tryComplete(body));
        return done.future().onComplete(result -> loop.vertx().cancelTimer(timer));
    }
}
