package dev.chatgateway.socket.stream;

import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.socket.connection.HttpListeners;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/** Errors of the protocol as HTTP responses: {@code {"error": {code, message, data}}}. */
final class HttpErrors {
    private HttpErrors() {}

    /** The HTTP status of an error code. */
    static int status(int code) {
        return switch (code) {
            case RpcError.PARSE, RpcError.INVALID_REQUEST, RpcError.INVALID_PARAMS -> 400;
            case RpcError.METHOD_NOT_FOUND -> 404;
            case RpcError.INTERNAL -> 500;
            default -> code >= 400 && code <= 599 ? code : 500;
        };
    }

    /** The HTTP status that a close code becomes when the response has not begun. */
    static int statusOfClose(int code) {
        if (code == CloseCode.TOKEN_EXPIRED.number()) {
            return 401;
        } else if (code == CloseCode.TOO_MANY_CONNECTIONS.number() || code == CloseCode.ABUSE.number()) {
            return 429;
        }
        return 503;
    }

    /** The error of a close code. */
    static RpcError ofClose(int code, String reason) {
        int status = statusOfClose(code);
        return RpcError.of(status, "connection: closed with " + code, reason, status != 401);
    }

    /** An error object of a response. */
    static RpcError error(JsonObject error) {
        return new RpcError(
                error.getInteger("code", RpcError.INTERNAL),
                error.getString("message", ""),
                error.getJsonObject("data"));
    }

    static void respond(HttpServerRequest request, int status, RpcError error) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed() || response.headWritten()) {
            return;
        }
        JsonObject json = error.toJson();
        long retryAfterMs = json.getJsonObject("data", new JsonObject()).getLong("retryAfterMs", -1L);
        if (status == 401) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        if (retryAfterMs >= 0 || status == 503) {
            response.putHeader("Retry-After", Long.toString(Math.max(1, (retryAfterMs + 999) / 1000)));
        }
        HttpListeners.withSecurityHeaders(request)
                .putHeader("Cache-Control", "no-store")
                .putHeader("Content-Type", "application/json")
                .setStatusCode(status)
                .end(new JsonObject().put("error", json).encode());
    }
}
