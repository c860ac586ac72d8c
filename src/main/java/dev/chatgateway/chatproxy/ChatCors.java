package dev.chatgateway.chatproxy;

import dev.chatgateway.config.Forwarded;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.rest.RequestHosts;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * CORS for {@code /chat} and the live channel of the official clients: pages of http.origins and of the own origin may
 * call them. Programs send no Origin and are always allowed. Stateless.
 */
public final class ChatCors {
    private static final String METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
    /** Request headers of the service, and of Application Insights and OpenTelemetry traces. */
    private static final String HEADERS =
            "authorization, content-type, x-ms-client-request-id, x-ms-useragent, x-skypetoken, repeatability-request-id,"
                    + " traceparent, tracestate, request-id, request-context, baggage";

    private static final String EXPOSED =
            "Location, Retry-After, MS-CV, api-supported-versions, X-Processing-Time, x-ms-client-request-id";
    private static final String MAX_AGE_SECONDS = "600";

    private final PublicOrigin.Resolver resolver;
    private final Supplier<Set<PublicOrigin>> origins;

    public ChatCors(LiveConfig live) {
        resolver = PublicOrigin.Resolver.of(live.config().http());
        origins = live::origins;
    }

    /** Adds the CORS headers to the response. False if the origin is not allowed and the request must be refused. */
    public boolean checkOrigin(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        response.putHeader("Vary", "Origin");
        String header = request.getHeader("Origin");
        if (header == null) {
            return true;
        }
        Optional<PublicOrigin> origin = PublicOrigin.sent(header);
        if (origin.isEmpty()) {
            return false;
        }
        if (origins.get().contains(origin.get())) {
            response.putHeader("Access-Control-Allow-Origin", header)
                    .putHeader("Access-Control-Expose-Headers", EXPOSED);
            return true;
        }
        return origin.equals(ownOrigin(request));
    }

    /** Answers the preflight request of an allowed page. */
    public static void sendPreflight(HttpServerResponse response) {
        if (response.headers().contains("Access-Control-Allow-Origin")) {
            response.headers().remove("Access-Control-Expose-Headers");
            response.putHeader("Access-Control-Allow-Methods", METHODS)
                    .putHeader("Access-Control-Allow-Headers", HEADERS)
                    .putHeader("Access-Control-Max-Age", MAX_AGE_SECONDS);
        }
        response.putHeader("Allow", METHODS).setStatusCode(204).end();
    }

    /** The origin under which the client reached the gateway. */
    public Optional<PublicOrigin> ownOrigin(HttpServerRequest request) {
        return resolver.resolve(
                request.remoteAddress().hostAddress(),
                request.isSSL(),
                RequestHosts.of(request),
                Forwarded.of(request.headers()::getAll));
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
}
