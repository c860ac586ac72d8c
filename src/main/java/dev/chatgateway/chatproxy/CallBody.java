package dev.chatgateway.chatproxy;

import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.client.BoundedStream;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The request body of one proxied call. It is read completely, within limits of length and time, before the call uses a
 * stream to the service. Owned by the event loop of the request.
 */
final class CallBody {
    private static final List<String> WITH_BODY = List.of("POST", "PUT", "PATCH");

    private final HttpServerRequest request;
    private final int maxBytes;
    private final boolean present;

    /** Pauses a request that has a body, until {@link #read}. */
    CallBody(HttpServerRequest request, int maxBytes) {
        this.request = request;
        this.maxBytes = maxBytes;
        String length = request.getHeader("Content-Length");
        boolean framed = request.version() == HttpVersion.HTTP_2
                ? WITH_BODY.contains(request.method().name())
                : request.headers().contains("Transfer-Encoding");
        present = !request.isEnded() && (length == null ? framed : !length.equals("0"));
        if (present) {
            request.pause();
        }
    }

    /** Length of the body at most, in bytes: the declared length, or the limit if none is declared. */
    int maxLength() {
        String length = request.getHeader("Content-Length");
        return !present ? 0 : length == null ? maxBytes : Math.min(maxBytes, Integer.parseInt(length));
    }

    /**
     * Reads the body; empty if there is none. Fails with a {@link ChatServiceException}: 413 too long, 408 not in time,
     * 400 broken off.
     */
    Future<Buffer> read(long limitMs) {
        if (!present) {
            return Future.succeededFuture(Buffer.buffer());
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
        Promise<Buffer> promise = Promise.promise();
        Buffer body = Buffer.buffer();
        BoundedStream stream = new BoundedStream(request, maxBytes);
        stream.exceptionHandler(promise::tryFail);
        stream.endHandler(end -> promise.tryComplete(body));
        stream.handler(body::appendBuffer);
        stream.resume();
        return promise.future()
                .timeout(limitMs, TimeUnit.MILLISECONDS)
                .recover(cause -> Future.failedFuture(failure(cause, limitMs)));
    }

    private static ChatServiceException failure(Throwable cause, long limitMs) {
        if (cause instanceof BoundedStream.TooLong) {
            return refused(413, "PayloadTooLarge", "The " + cause.getMessage() + ".");
        }
        return cause instanceof TimeoutException
                ? refused(408, "RequestTimeout", "The body did not arrive within " + limitMs + " ms.")
                : refused(400, "BadRequest", "The body broke off.");
    }

    private static ChatServiceException refused(int status, String code, String message) {
        return new ChatServiceException(Kind.REFUSED, status, code, message, -1, null);
    }
}
