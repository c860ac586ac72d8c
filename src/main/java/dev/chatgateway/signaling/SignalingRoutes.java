package dev.chatgateway.signaling;

import dev.chatgateway.chatproxy.ChatCors;
import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.SessionReferenceCodec.Reference;
import dev.chatgateway.socket.connection.HttpListeners;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The live channel's requests: configuration, allocation, handshake, polling, registrar, probe. A token that is missing,
 * expired or refused is answered with 401, which makes a client stop after a few attempts; everything that may pass with
 * 503, which it repeats for ever. For one event loop.
 */
final class SignalingRoutes {
    private static final Pattern IDENTIFIER = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final String BEARER = "bearer ";
    private static final int TOKEN_LENGTH = 8192;
    private static final int BODY_BYTES = 64 * 1024;
    private static final long BODY_MS = 10_000;

    private final LoopContext loop;
    private final SignalingNode node;
    private final Sessions sessions;
    private boolean refusing;

    SignalingRoutes(LoopContext loop, Sessions sessions) {
        this.loop = loop;
        this.sessions = sessions;
        node = loop.node();
    }

    /** Finds or makes the session of a client. */
    @FunctionalInterface
    interface Sessions {
        Optional<SignalingSession> open(SessionKey key, String pushUrl, UserToken token);
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
            refuse(request, call.name, 403, "Origin: not allowed (expected: the gateway's own or one of http.origins)");
        } else if (request.method().equals(HttpMethod.OPTIONS)) {
            ChatCors.sendPreflight(response);
        } else if (!call.method.contains(request.method().name())) {
            refuse(request, call.name, 405, "This path does not take this method.");
        } else if (!call.body) {
            call.handler.answer(request, origin.get(), Buffer.buffer());
        } else {
            read(request)
                    .onSuccess(body -> call.handler.answer(request, origin.get(), body))
                    .onFailure(failure -> refuse(request, call.name, 413, "The body is too long or too slow."));
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
            return new Call("websocket", "GET", false, (r, o, b) -> unavailable(r, "websocket"));
        } else if (path.endsWith(SignalingUrls.REGISTRATIONS)) {
            return new Call("register", "POST", true, this::register);
        } else if (path.contains(SignalingUrls.REGISTRATIONS + "/")) {
            return new Call("unregister", "DELETE", true, this::unregister);
        } else if (path.equals("/") && request.params().contains("check")) {
            return new Call("probe", "GET", false, (r, o, b) -> text(r, "probe", "Trouter"));
        }
        return null;
    }

    private void configuration(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        authenticate(request, "configuration", bearer(request))
                .onSuccess(token -> json(request, "configuration", SignalingUrls.configuration(origin)));
    }

    private void allocate(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        String id = request.getParam("epid", "");
        if (!identifier(id)) {
            refuse(request, "allocate", 400, "epid: missing or malformed (expected: the client's id)");
            return;
        }
        authenticate(request, "allocate", request.getHeader("X-Skypetoken")).onSuccess(token -> {
            if (refusing || !node.registry().grant(new SessionKey(token.userId(), id), token, loop.nowMs())) {
                unavailable(request, "allocate");
                return;
            }
            Reference reference = new Reference(token.userId(), id, token.expiresOn());
            json(
                    request,
                    "allocate",
                    SignalingUrls.session(origin, reference, node.references().issue(reference)));
        });
    }

    private void handshake(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        Optional<Reference> reference = reference(request);
        authenticate(request, "handshake", request.getHeader("X-Skypetoken")).onSuccess(token -> {
            if (reference.isEmpty() || !reference.get().userId().equals(token.userId())) {
                refuse(request, "handshake", 403, "sr: no session reference of this user (expected: allocate first)");
                return;
            }
            SessionKey key = new SessionKey(token.userId(), reference.get().registrationId());
            if (refusing || !node.registry().grant(key, token, loop.nowMs())) {
                unavailable(request, "handshake");
                return;
            }
            String linkId = UUID.randomUUID().toString();
            text(request, "handshake", SignalingUrls.handshake(linkId));
        });
    }

    private void register(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        String id = registrationId(body);
        authenticate(request, "register", request.getHeader("X-Skypetoken")).onSuccess(token -> {
            node.registry()
                    .find(new SessionKey(token.userId(), id))
                    .map(SignalingSession.class::cast)
                    .ifPresent(session -> session.loop().later(() -> session.renew(token)));
            answered(request, "register").setStatusCode(202).end();
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
        authenticate(request, "unregister", request.getHeader("X-Skypetoken")).onSuccess(token -> {
            node.registry()
                    .find(new SessionKey(token.userId(), id))
                    .map(SignalingSession.class::cast)
                    .ifPresent(session -> session.loop().later(session::unregister));
            answered(request, "unregister").setStatusCode(202).end();
        });
    }

    /** The reference alone says who polls, as with a WebSocket. */
    private void poll(HttpServerRequest request, PublicOrigin origin, Buffer body) {
        String linkId = request.path().substring(SignalingUrls.POLLING.length());
        Optional<Reference> reference = reference(request);
        if (reference.isEmpty() || !identifier(linkId)) {
            refuse(request, "poll", 403, "sr: no session reference (expected: allocate first)");
            return;
        }
        long nowMs = loop.nowMs();
        SessionKey key =
                new SessionKey(reference.get().userId(), reference.get().registrationId());
        Optional<UserToken> token = node.registry().granted(key, nowMs);
        Optional<SignalingSession> known = node.registry().find(key).map(SignalingSession.class::cast);
        if (reference.get().end().toEpochMilli() <= nowMs) {
            text(request, "poll", Packet.join(List.of(Packet.UNAUTHORIZED)));
        } else if (request.method().equals(HttpMethod.POST) || request.params().contains("disconnect")) {
            known.ifPresent(session -> session.loop().run(loop, () -> received(session, linkId, request, body)));
            text(request, "poll", "1");
        } else {
            String push = SignalingUrls.push(origin, reference.get().registrationId());
            known.or(() -> token.flatMap(shown -> sessions.open(key, push, shown)))
                    .ifPresentOrElse(
                            session -> poll(request, session, linkId, token),
                            () -> text(request, "poll", Packet.join(List.of(Packet.GOODBYE))));
        }
    }

    private void received(SignalingSession session, String linkId, HttpServerRequest request, Buffer body) {
        PollingLink link = session.polling(linkId);
        boolean leaves = request.params().contains("disconnect");
        for (String text : leaves ? List.<String>of() : Packet.split(body.toString())) {
            Packet packet = Packet.parse(text).orElse(null);
            byte[] answer = packet == null ? null : packet.answer();
            if (packet != null && packet.acknowledged() >= 0) {
                session.acknowledged(packet.acknowledged());
            } else if (answer != null && link != null) {
                link.send(answer);
            }
            leaves |= packet != null && packet.type() == Packet.DISCONNECT;
        }
        if (leaves && link != null) {
            link.end();
        }
    }

    private void poll(HttpServerRequest request, SignalingSession session, String linkId, Optional<UserToken> token) {
        Promise<String> answer = Promise.promise();
        session.loop().run(loop, () -> {
            PollingLink link = session.polling(linkId);
            if (link == null && token.isPresent()) {
                link = new PollingLink(linkId, session, loop.nowMs());
                session.clientVersion(ClientVersion.of(request.getParam(ClientVersion.PARAMETER)));
                session.attach(link, token.get());
            }
            if (link == null || !link.open()) {
                answer.complete(Packet.join(List.of(Packet.GOODBYE)));
                return;
            }
            PollingLink polled = link;
            Future<String> body = polled.poll(loop.nowMs());
            request.response().closeHandler(gone -> session.loop().run(loop, () -> polled.abandoned(body)));
            body.onComplete(answer);
        });
        answer.future().onSuccess(body -> loop.later(() -> text(request, "poll", body)));
    }

    /** Completes only for a token that the service accepts; otherwise the request is answered. */
    private Future<UserToken> authenticate(HttpServerRequest request, String name, @Nullable String text) {
        UserToken token = token(text);
        if (token == null) {
            refuse(request, name, 401, "token: missing or no access token (expected: a user's access token)");
            return Future.failedFuture("no token");
        }
        return node.tokens()
                .prove(token, node.cors().clientAddress(request), false)
                .onFailure(failure -> {
                    if (failure instanceof RpcError error && error.code() == 401) {
                        refuse(request, name, 401, String.valueOf(error.getMessage()));
                    } else {
                        unavailable(request, name);
                    }
                })
                .map(at -> {
                    node.proven().accept(request.connection(), token.userId());
                    return token;
                });
    }

    private static @Nullable UserToken token(@Nullable String text) {
        try {
            return text == null || text.length() > TOKEN_LENGTH ? null : UserToken.parse(text);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String bearer(HttpServerRequest request) {
        String header = request.getHeader("Authorization");
        return header != null && header.toLowerCase(Locale.ROOT).startsWith(BEARER)
                ? header.substring(BEARER.length()).strip()
                : null;
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

    private HttpServerResponse answered(HttpServerRequest request, String name) {
        node.metrics().signaling().request(name, "ok");
        return request.response();
    }

    private void text(HttpServerRequest request, String name, String text) {
        if (!request.response().ended() && !request.response().closed()) {
            answered(request, name)
                    .putHeader("Content-Type", "text/plain; charset=utf-8")
                    .end(text);
        }
    }

    private void json(HttpServerRequest request, String name, JsonObject json) {
        answered(request, name).putHeader("Content-Type", "application/json").end(json.toBuffer());
    }

    private void unavailable(HttpServerRequest request, String name) {
        request.response().putHeader("Retry-After", "1");
        refuse(request, name, 503, "The gateway cannot serve this now.");
    }

    private void refuse(HttpServerRequest request, String name, int status, String message) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        node.metrics()
                .signaling()
                .request(name, status == 401 ? "unauthorized" : status == 503 ? "unavailable" : "refused");
        String code = status == 401 ? "Unauthorized" : status == 503 ? "ServiceUnavailable" : "BadRequest";
        JsonObject error = new JsonObject().put("code", code).put("message", message);
        response.setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(new JsonObject().put("error", error).toBuffer());
    }
}
