package dev.chatgateway.rest;

import dev.chatgateway.config.Forwarded;
import dev.chatgateway.config.PublicOrigin;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Restricts the development routes to the demo page and to programs on this machine, because they issue tokens to
 * everybody. Checks Host (against DNS rebinding), Origin and Sec-Fetch-Site (against pages of other sites), and that no
 * proxy forwards the routes.
 */
final class DevGuard {
    private static final List<String> PROXY_HEADERS = List.of("Forwarded", "X-Forwarded-For", "X-Forwarded-Host");

    private final RestOptions options;

    DevGuard(RestOptions options) {
        this.options = options;
    }

    void check(RoutingContext context) {
        HttpServerRequest request = context.request();
        if (!options.demoTokens() && PROXY_HEADERS.stream().anyMatch(request.headers()::contains)) {
            throw new Refusal(
                    403, "The development routes are not served through a proxy without embedded.demoTokens.");
        }
        PublicOrigin origin = origin(request);
        if (!allowedOrigins(request).contains(origin)) {
            throw new Refusal(
                    403,
                    "Host: " + origin.authority()
                            + " (expected: localhost, a loopback address, or the host of http.publicEndpoint)");
        }
        String originHeader = request.getHeader("Origin");
        if (originHeader != null && !PublicOrigin.sent(originHeader).equals(Optional.of(origin))) {
            throw new Refusal(403, "Origin: another site's (expected: " + origin + ")");
        }
        // Browsers that omit Origin send this header; programs send neither.
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin")) {
            throw new Refusal(403, "Sec-Fetch-Site: " + (site.length() > 20 ? "?" : site) + " (expected: same-origin)");
        }
        context.next();
    }

    private PublicOrigin origin(HttpServerRequest request) {
        // The public endpoint is ignored here: it is for links. This check is about the host that this request names.
        PublicOrigin.Resolver resolver =
                new PublicOrigin.Resolver(Optional.empty(), options.origins().proxies());
        return resolver.resolve(
                        request.remoteAddress().hostAddress(),
                        request.isSSL(),
                        RequestHosts.of(request),
                        Forwarded.of(request.headers()::getAll))
                .orElseThrow(() -> new Refusal(400, "Host: missing or malformed"));
    }

    /** The origins of the listener that received the request. Its port may have been chosen at startup. */
    private Set<PublicOrigin> allowedOrigins(HttpServerRequest request) {
        SocketAddress local = request.localAddress();
        Stream<String> names = Stream.of("localhost", "127.0.0.1", "[::1]");
        if (options.demoTokens()) {
            // A numeric address cannot be rebound.
            String address = local.hostAddress();
            names = Stream.concat(names, Stream.of(address.indexOf(':') < 0 ? address : "[" + address + "]"));
        }
        String scheme = request.isSSL() ? "https" : "http";
        Stream<PublicOrigin> own =
                names.flatMap(name -> PublicOrigin.parse(scheme + "://" + name + ":" + local.port()).stream());
        return Stream.concat(own, options.origins().publicEndpoint().stream()).collect(Collectors.toSet());
    }
}
