package dev.chatgateway.socket.stream;

import dev.chatgateway.protocol.RpcError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;

/** Reads the body of a request within a limit. The listener limits the time. */
final class RequestBody {
    private RequestBody() {}

    /** The body; fails with an {@link RpcError} with code 413 if it is longer than {@code maxBytes}. */
    static Future<Buffer> read(HttpServerRequest request, int maxBytes) {
        Promise<Buffer> body = Promise.promise();
        Buffer collected = Buffer.buffer();
        request.handler(part -> {
            if (collected.length() + part.length() <= maxBytes) {
                collected.appendBuffer(part);
            } else {
                body.tryFail(RpcError.of(
                        413, "body: longer than " + maxBytes + " bytes (expected: at most that)", "TooLarge", false));
            }
        });
        request.exceptionHandler(body::tryFail);
        request.endHandler(end -> body.tryComplete(collected));
        return body.future();
    }
}
