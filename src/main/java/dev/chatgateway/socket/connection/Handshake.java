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
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Checks an upgrade request (docs/protocol.md, Connection): version, origin, subprotocol, and credentials in the wrong
 * place. Thread-safe.
 */
public final class Handshake {
    /** The subprotocol of the gateway. */
    public static final String SUBPROTOCOL = "json.chatgateway.v1";

    /** Version of the WebSocket protocol (RFC 6455). */
    static final String VERSION = "13";

    private static final String BEARER_PROTOCOL = "bearer.";
    private static final String TICKET_PROTOCOL = "ticket.";
    private static final String BEARER_HEADER = "bearer ";
    private static final List<String> SECRET_PARAMETERS = List.of("token", "access_token");

    private final PublicOrigin.Resolver resolver;
    private final boolean proxyProtocol;
    private final LiveConfig live;

    public Handshake(LiveConfig live) {
        GatewayConfig.Http http = live.config().http();
        resolver = PublicOrigin.Resolver.of(http);
        proxyProtocol = http.proxyProtocol();
        this.live = live;
    }

    /** The result of the check. */
    public sealed interface Verdict {
        /**
         * Upgrade the connection.
         *
         * @param echo the subprotocol of the response; null if the client named none
         * @param known whether the gateway speaks the subprotocol; if not the socket is closed with 4406
         * @param token token of the request; null if the first frame will bring it
         * @param ticket session ticket sent with the token
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

        /**
         * Refuse with an HTTP status.
         *
         * @param reason label for metrics
         */
        record Refuse(int status, String reason, String message) implements Verdict {}
    }

    /** For a socket of the gateway's own protocol. */
    public Verdict judge(HttpServerRequest request) {
        return judge(request, live.origins()::contains);
    }

    /** For a socket of the official clients, which has the origins of /chat. */
    public Verdict judgeChatPage(HttpServerRequest request) {
        return judge(request, live::allowsChatPage);
    }

    /** Why a request of the gateway's own protocol is refused before its token is read; empty if it is not. */
    public Optional<Verdict.Refuse> refusal(HttpServerRequest request) {
        return refusal(request, live.origins()::contains);
    }

    private static Optional<Verdict.Refuse> tokenInQuery(HttpServerRequest request) {
        for (String name : SECRET_PARAMETERS) {
            if (request.params().contains(name)) {
                return Optional.of(new Verdict.Refuse(
                        400,
                        "tokenInQuery",
                        name + ": in the URL (expected: a token in the first frame, the Authorization header or the"
                                + " subprotocol, as URLs end in logs)"));
            }
        }
        return Optional.empty();
    }

    private Optional<Verdict.Refuse> refusal(HttpServerRequest request, Predicate<PublicOrigin> configured) {
        Optional<Verdict.Refuse> secret = tokenInQuery(request);
        if (secret.isPresent() || originAllowed(request, configured)) {
            return secret;
        }
        return Optional.of(new Verdict.Refuse(
                403, "origin", "Origin: not allowed (expected: the gateway's own or one of http.origins)"));
    }

    private Verdict judge(HttpServerRequest request, Predicate<PublicOrigin> configured) {
        Optional<Verdict.Refuse> refused = refusal(request, configured);
        if (refused.isPresent()) {
            return refused.get();
        }
        // Netty would also upgrade older drafts, which have another framing.
        return request.headers().getAll("Sec-WebSocket-Version").equals(List.of(VERSION))
                        || !HttpListeners.asksForUpgrade(request)
                ? checkSubprotocols(request)
                : new Verdict.Refuse(
                        426, "version", "Sec-WebSocket-Version: missing or another (expected: " + VERSION + ")");
    }

    /**
     * Whether the connection is allowed. With PROXY headers only trusted proxies may connect, as anybody can send such
     * a header.
     */
    public boolean admits(HttpConnection connection) {
        return !proxyProtocol
                || resolver.proxies().trusts(connection.remoteAddress(true).hostAddress());
    }

    /** The client that a new connection counts for; empty for a trusted proxy, whose requests name the client. */
    public Optional<String> client(HttpConnection connection) {
        String peer = connection.remoteAddress().hostAddress();
        return resolver.proxies().trusts(peer)
                ? Optional.empty()
                : Optional.of(resolver.proxies().client(peer, null));
    }

    /** The client that a trusted proxy's connection counts for from this request on; empty for other peers. */
    public Optional<String> forwarded(HttpServerRequest request) {
        return resolver.proxies().trusts(request.remoteAddress().hostAddress())
                ? Optional.of(clientAddress(request))
                        .filter(client -> !resolver.proxies().trusts(client))
                : Optional.empty();
    }

    /**
     * The canonical name of the client address, which for IPv6 is its /64 network. Addresses of trusted proxies are
     * skipped.
     */
    public String clientAddress(HttpServerRequest request) {
        return resolver.proxies()
                .client(
                        request.remoteAddress().hostAddress(),
                        Forwarded.of(request.headers()::getAll).client());
    }

    /** Only browsers send an Origin; it must equal the own origin or a configured one. */
    private boolean originAllowed(HttpServerRequest request, Predicate<PublicOrigin> configured) {
        String header = request.getHeader(HttpHeaders.ORIGIN);
        if (header == null) {
            return true;
        }
        Optional<PublicOrigin> origin = PublicOrigin.sent(header);
        return origin.isPresent() && (configured.test(origin.get()) || origin.equals(ownOrigin(request)));
    }

    private Optional<PublicOrigin> ownOrigin(HttpServerRequest request) {
        return resolver.resolve(
                request.remoteAddress().hostAddress(),
                request.isSSL(),
                RequestHost.named(request.uri(), request.headers().getAll(HttpHeaders.HOST))
                        .orElse(null),
                Forwarded.of(request.headers()::getAll));
    }

    private static Verdict checkSubprotocols(HttpServerRequest request) {
        String header = String.join(",", request.headers().getAll("Sec-WebSocket-Protocol"));
        List<String> offered = Arrays.stream(header.split(",", -1))
                .map(String::strip)
                .filter(p -> !p.isEmpty())
                .toList();
        List<String> protocols = offered.stream()
                .filter(p -> !p.startsWith(BEARER_PROTOCOL) && !p.startsWith(TICKET_PROTOCOL))
                .toList();
        if (protocols.isEmpty() && !offered.isEmpty()) {
            return new Verdict.Refuse(
                    400,
                    "subprotocol",
                    "Sec-WebSocket-Protocol: a token alone (expected: " + SUBPROTOCOL + " beside it)");
        }
        boolean known = protocols.isEmpty() || protocols.contains(SUBPROTOCOL);
        String echo = protocols.isEmpty() ? null : known ? SUBPROTOCOL : protocols.get(0);
        Optional<String> bearer =
                offered.stream().filter(p -> p.startsWith(BEARER_PROTOCOL)).findFirst();
        if (bearer.isPresent()) {
            return decodeBase64Url(bearer.get().substring(BEARER_PROTOCOL.length()))
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

    /** The bearer token of the Authorization header; null if there is none. */
    public static @Nullable String authorization(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        boolean bearer = header != null && header.regionMatches(true, 0, BEARER_HEADER, 0, BEARER_HEADER.length());
        return bearer ? header.substring(BEARER_HEADER.length()).strip() : null;
    }

    private static Optional<String> decodeBase64Url(String base64url) {
        try {
            return Optional.of(new String(Base64.getUrlDecoder().decode(base64url), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
