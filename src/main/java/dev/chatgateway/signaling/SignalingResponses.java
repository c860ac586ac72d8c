package dev.chatgateway.signaling;

import dev.chatgateway.metrics.SignalingMetrics;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/** Answers requests of the live channel, and counts them. Stateless. */
final class SignalingResponses {
    private final SignalingMetrics metrics;

    SignalingResponses(SignalingMetrics metrics) {
        this.metrics = metrics;
    }

    void text(HttpServerRequest request, String name, String text) {
        if (isOpen(request)) {
            succeed(request, name)
                    .putHeader("Content-Type", "text/plain; charset=utf-8")
                    .end(text);
        }
    }

    void json(HttpServerRequest request, String name, JsonObject json) {
        if (isOpen(request)) {
            succeed(request, name).putHeader("Content-Type", "application/json").end(json.toBuffer());
        }
    }

    void accepted(HttpServerRequest request, String name) {
        if (isOpen(request)) {
            succeed(request, name).setStatusCode(202).end();
        }
    }

    private HttpServerResponse succeed(HttpServerRequest request, String name) {
        metrics.request(name, "ok");
        return request.response();
    }

    /** Nothing serves the request now; a client repeats it for ever. */
    void unavailable(HttpServerRequest request, String name) {
        if (isOpen(request)) {
            request.response().putHeader("Retry-After", "1");
            refuse(request, name, 503, "The gateway cannot serve this now.");
        }
    }

    void refuse(HttpServerRequest request, String name, int status, String message) {
        if (!isOpen(request)) {
            return;
        }
        metrics.request(name, status == 401 ? "unauthorized" : status == 503 ? "unavailable" : "refused");
        String code = status == 401 ? "Unauthorized" : status == 503 ? "ServiceUnavailable" : "BadRequest";
        JsonObject error = new JsonObject().put("code", code).put("message", message);
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(new JsonObject().put("error", error).toBuffer());
    }

    private static boolean isOpen(HttpServerRequest request) {
        return !request.response().ended() && !request.response().closed();
    }
}
