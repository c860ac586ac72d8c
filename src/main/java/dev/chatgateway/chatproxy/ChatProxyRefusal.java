package dev.chatgateway.chatproxy;

import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;

/**
 * Refuses a request below {@code /chat} with an error in the format of the service, so that its clients understand it.
 *
 * @param drainBytes an unread body of up to this length is read and dropped; for a longer one the connection is closed
 */
record ChatProxyRefusal(int drainBytes) {
    /** Time limit for the rest of a body that is dropped. */
    private static final long LINGER_MS = 2_000;

    void send(HttpServerRequest request, ChatServiceException failure) {
        HttpServerResponse response = request.response();
        if (failure.retryAfterMs() >= 0 && !response.headWritten()) {
            long seconds = Math.max(1, (failure.retryAfterMs() + 999) / 1000);
            response.putHeader("Retry-After", Long.toString(seconds));
        }
        send(request, failure.status(), failure.code(), String.valueOf(failure.getMessage()));
    }

    void send(HttpServerRequest request, int status, String code, String message) {
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
        boolean close = !request.isEnded() && !isDrained(request) && request.version() != HttpVersion.HTTP_2;
        if (close) {
            response.putHeader("Connection", "close");
        }
        Future<Void> bodyEnd = request.isEnded() ? Future.succeededFuture() : request.end();
        Future<Void> ended = response.end(new JsonObject().put("error", error).toBuffer());
        if (!request.isEnded()) {
            // The rest of the body is dropped, so that the client reads the response instead of a connection reset.
            request.handler(null);
            request.resume();
        }
        if (close) {
            // Not shutdown(): it closes right after the response, and data that still arrive would reset the
            // connection.
            ended.transform(written -> bodyEnd.timeout(LINGER_MS, TimeUnit.MILLISECONDS))
                    .onComplete(rest -> request.connection().close());
        }
    }

    private boolean isDrained(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return length == null
                ? !request.headers().contains("Transfer-Encoding")
                : length.length() <= 9 && Integer.parseInt(length) <= drainBytes;
    }
}
