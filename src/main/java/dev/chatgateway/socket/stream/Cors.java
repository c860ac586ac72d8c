package dev.chatgateway.socket.stream;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** CORS headers of streams and requests. The origin has been checked before. */
final class Cors {
    private static final String HEADERS =
            "authorization, content-type, last-event-id, cache-control, traceparent, tracestate";
    private static final String EXPOSED = "Retry-After";
    private static final String MAX_AGE_SECONDS = "600";

    private Cors() {}

    /** Lets the page that sent the request read the response. */
    static void allow(HttpServerRequest request) {
        HttpServerResponse response = request.response().putHeader(HttpHeaders.VARY, HttpHeaders.ORIGIN);
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
    }

    /** Answers a preflight request. */
    static void preflight(HttpServerResponse response, String method) {
        String methods = method + ", OPTIONS";
        response.headers().remove(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS);
        response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods)
                .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, HEADERS)
                .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS)
                .putHeader("Allow", methods)
                .setStatusCode(204)
                .end();
    }
}
