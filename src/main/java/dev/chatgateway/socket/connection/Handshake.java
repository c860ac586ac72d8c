package dev.chatgateway.socket.connection;

import dev.chatgateway.config.Forwarded;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.config.RequestHost;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides on an upgrade request (docs/protocol.md, Connection): origin, credentials in the wrong place, subprotocol.
 * Stateless; any thread.
 */
public final class Handshake {
    /** The protocol that the gateway speaks. */
    public static final String SUBPROTOCOL = "json.chatgateway.v1";

    /** Of the WebSocket protocol, RFC 6455. */
    static final String VERSION = "13";

    private static final String BEARER_PROTOCOL = "bearer.";
    private static final String TICKET_PROTOCOL = "ticket.";
    private static final String BEARER_HEADER = "bearer ";
    private static final List<String> SECRET_PARAMETERS = List.of("token", "access_token");

    private final PublicOrigin.Resolver resolver;
    private final boolean proxied;
    private final Supplier<Set<PublicOrigin>> origins;

    public Handshake(LiveConfig live) {
        GatewayConfig.Http http = live.config().http();
        resolver = PublicOrigin.Resolver.of(http);
        proxied = http.proxyProtocol();
        origins = live::origins;
    }

    /** The decision. */
    public sealed interface Verdict {
        /**
         * Upgrade.
         *
         * @param echo the subprotocol to echo; null when the client named none
         * @param known whether the gateway speaks it; if not the socket is closed with 4406
         * @param token credentials that came with the request; null when the first frame will bring them
         * @param ticket session ticket that came beside the token
         */
        record Upgrade(
                @Nullable String echo,
                boolean known,
                @Nullable String token,
                @Nullable String ticket) implements Verdict {
            /** Without the token. */
            @Override
            public String toString() {
                return "Upgrade[echo=" + echo + "]";
            }
        }

        /** Answer with an HTTP status, before the upgrade; the reason is for metrics. */
        record Refuse(int status, String reason, String message) implements Verdict {}
    }

    public Verdict judge(HttpServerRequest request) {
        for (String name : SECRET_PARAMETERS) {
            if (request.params().contains(name)) {
                return new Verdict.Refuse(
                        400,
                        "tokenInQuery",
                        name + ": in the URL (expected: a token in the first frame, the Authorization header or the"
                                + " subprotocol, as URLs end in logs)");
            }
        }
        if (!originAllowed(request)) {
            return new Verdict.Refuse(
                    403, "origin", "Origin: not allowed (expected: the gateway's own or one of http.origins)");
        }
        // Netty would upgrade older drafts too, which frame differently.
        return request.headers().getAll("Sec-WebSocket-Version").equals(List.of(VERSION))
                        || !HttpListeners.asksForUpgrade(request)
                ? protocols(request)
                : new Verdict.Refuse(
                        426, "version", "Sec-WebSocket-Version: missing or another (expected: " + VERSION + ")");
    }

    /** Whether a connection may stay: with PROXY headers only a trusted proxy's may, as anybody could write one. */
    public boolean admits(HttpConnection connection) {
        return !proxied
                || resolver.proxies().trusts(connection.remoteAddress(true).hostAddress());
    }

    /** Whom a new connection counts for; empty for a trusted proxy's, whose requests say so. */
    public Optional<String> client(HttpConnection connection) {
        String peer = connection.remoteAddress().hostAddress();
        return resolver.proxies().trusts(peer)
                ? Optional.empty()
                : Optional.of(resolver.proxies().client(peer, null));
    }

    /** Whom a trusted proxy's connection counts for from this request on; empty for everybody else's. */
    public Optional<String> forwarded(HttpServerRequest request) {
        return resolver.proxies().trusts(request.remoteAddress().hostAddress())
                ? Optional.of(clientAddress(request))
                        .filter(client -> !resolver.proxies().trusts(client))
                : Optional.empty();
    }

    /** One name for the addresses of a client (for IPv6 its /64); trusted proxies are looked through. */
    public String clientAddress(HttpServerRequest request) {
        return resolver.proxies()
                .client(
                        request.remoteAddress().hostAddress(),
                        Forwarded.of(request.headers()::getAll).client());
    }

    /** Programs send no Origin; a browser always does, and then it must be known to the letter. */
    private boolean originAllowed(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.ORIGIN);
        if (header == null) {
            return true;
        }
        Optional<PublicOrigin> origin = PublicOrigin.sent(header);
        return origin.isPresent() && (origins.get().contains(origin.get()) || origin.equals(own(request)));
    }

    private Optional<PublicOrigin> own(HttpServerRequest request) {
        return resolver.resolve(
                request.remoteAddress().hostAddress(),
                request.isSSL(),
                RequestHost.named(request.uri(), request.headers().getAll(HttpHeaders.HOST))
                        .orElse(null),
                Forwarded.of(request.headers()::getAll));
    }

    private static Verdict protocols(HttpServerRequest request) {
        String header = String.join(",", request.headers().getAll("Sec-WebSocket-Protocol"));
        List<String> offered = Arrays.stream(header.split(",", -1))
                .map(String::strip)
                .filter(p -> !p.isEmpty())
                .toList();
        List<String> plain = offered.stream()
                .filter(p -> !p.startsWith(BEARER_PROTOCOL) && !p.startsWith(TICKET_PROTOCOL))
                .toList();
        if (plain.isEmpty() && !offered.isEmpty()) {
            return new Verdict.Refuse(
                    400,
                    "subprotocol",
                    "Sec-WebSocket-Protocol: a token alone (expected: " + SUBPROTOCOL + " beside it)");
        }
        boolean known = plain.isEmpty() || plain.contains(SUBPROTOCOL);
        String echo = plain.isEmpty() ? null : known ? SUBPROTOCOL : plain.get(0);
        Optional<String> bearer =
                offered.stream().filter(p -> p.startsWith(BEARER_PROTOCOL)).findFirst();
        if (bearer.isPresent()) {
            return decoded(bearer.get().substring(BEARER_PROTOCOL.length()))
                    .<Verdict>map(token -> new Verdict.Upgrade(echo, known, token, ticket(offered)))
                    .orElseGet(() -> new Verdict.Refuse(
                            400,
                            "subprotocol",
                            "Sec-WebSocket-Protocol: bearer. (expected: a base64url token behind it)"));
        }
        return new Verdict.Upgrade(echo, known, authorization(request), ticket(offered));
    }

    private static @Nullable String ticket(List<String> offered) {
        return offered.stream()
                .filter(p -> p.startsWith(TICKET_PROTOCOL))
                .map(p -> p.substring(TICKET_PROTOCOL.length()))
                .findFirst()
                .orElse(null);
    }

    private static @Nullable String authorization(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        boolean bearer = header != null && header.regionMatches(true, 0, BEARER_HEADER, 0, BEARER_HEADER.length());
        return bearer ? header.substring(BEARER_HEADER.length()).strip() : null;
    }

    private static Optional<String> decoded(String base64url) {
        try {
            return Optional.of(new String(Base64.getUrlDecoder().decode(base64url), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
