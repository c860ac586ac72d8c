package dev.chatgateway.rest;

import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** Sends JSON responses. They must not be cached, because some contain a token. */
final class JsonAnswer {
    private JsonAnswer() {}

    static void send(RoutingContext context, int status, JsonObject body) {
        context.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .putHeader("Cache-Control", "no-store")
                .end(body.toBuffer());
    }
}
