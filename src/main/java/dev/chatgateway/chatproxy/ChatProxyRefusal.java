package dev.chatgateway.chatproxy;

import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/**
 * Refuses a request below {@code /chat} in the form of the service's own errors, so that its clients understand it.
 *
 * @param drainBytes of a body that was not read: up to so many are dropped, beyond it the connection is closed
 */
record ChatProxyRefusal(int drainBytes) {
    /** How long the rest of a body that is dropped may take to come in. */
    private static final long LINGER_MS = 2_000;

    void answer(HttpServerRequest request, ChatServiceException failure) {
        HttpServerResponse response = request.response();
        if (failure.retryAfterMs() >= 0 && !response.headWritten()) {
            long seconds = Math.max(1, (failure.retryAfterMs() + 999) / 1000);
            response.putHeader("Retry-After", Long.toString(seconds));
        }
        answer(request, failure.status(), failure.code(), String.valueOf(failure.getMessage()));
    }

    void answer(HttpServerRequest request, int status, String code, String message) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (response.headWritten()) {
            response.reset();
            return;
        }
        JsonObject error = new JsonObject().put("code", code).put("message", message);
        response.setStatusCode(status)
                .putHeader("Content-Type", "application/json; charset=utf-8")
                .putHeader("Cache-Control", "no-store");
        boolean close = !request.isEnded() && !drains(request) && request.version() != HttpVersion.HTTP_2;
        if (close) {
            response.putHeader("Connection", "close");
        }
        Future<Void> read = request.isEnded() ? Future.succeededFuture() : request.end();
        Future<Void> ended = response.end(new JsonObject().put("error", error).toBuffer());
        if (!request.isEnded()) {
            // What is left of the body is dropped, so that the answer is read and not lost in a reset.
            request.handler(null);
            request.resume();
        }
        if (close) {
            // Not shutdown(): it closes at once when the answer is out, and what still arrives resets the connection.
            ended.transform(written -> read.timeout(LINGER_MS, TimeUnit.MILLISECONDS))
                    .onComplete(rest -> request.connection().close());
        }
    }

    private boolean drains(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return length == null
                ? !request.headers().contains("Transfer-Encoding")
                : length.length() <= 9 && Integer.parseInt(length) <= drainBytes;
    }
}
