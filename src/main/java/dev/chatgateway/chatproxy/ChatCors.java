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
 * Which pages may call {@code /chat} (http.origins and the gateway's own), and the headers that tell their browsers so.
 * Programs send no Origin and are not concerned. Stateless.
 */
public final class ChatCors {
    private static final String METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS";
    /** The service's own, and those by which Application Insights and OpenTelemetry carry a trace. */
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

    /** Puts the headers on the response; false: the page is another site's and must be refused. */
    public boolean admit(HttpServerRequest request) {
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
        return origin.equals(own(request));
    }

    /** Answers a preflight of a page that was admitted. */
    public static void preflight(HttpServerResponse response) {
        if (response.headers().contains("Access-Control-Allow-Origin")) {
            response.headers().remove("Access-Control-Expose-Headers");
            response.putHeader("Access-Control-Allow-Methods", METHODS)
                    .putHeader("Access-Control-Allow-Headers", HEADERS)
                    .putHeader("Access-Control-Max-Age", MAX_AGE_SECONDS);
        }
        response.putHeader("Allow", METHODS).setStatusCode(204).end();
    }

    /** The origin under which the client reached the gateway. */
    public Optional<PublicOrigin> own(HttpServerRequest request) {
        return resolver.resolve(
                request.remoteAddress().hostAddress(),
                request.isSSL(),
                RequestHosts.of(request),
                Forwarded.of(request.headers()::getAll));
    }

    /** One name for the addresses of the client (for IPv6 its /64); trusted proxies are looked through. */
    public String clientAddress(HttpServerRequest request) {
        return resolver.proxies()
                .client(
                        request.remoteAddress().hostAddress(),
                        Forwarded.of(request.headers()::getAll).client());
    }
}
