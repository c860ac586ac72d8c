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
 * The body of one call below {@code /chat}: read as a whole, within bounds of length and time, before anything of the
 * service is taken for the call. Owned by the request's event loop.
 */
final class CallBody {
    private static final List<String> WITH_BODY = List.of("POST", "PUT", "PATCH");

    private final HttpServerRequest request;
    private final int mostBytes;
    private final boolean present;

    /** Holds the request back until {@link #read}, if it has a body. */
    CallBody(HttpServerRequest request, int mostBytes) {
        this.request = request;
        this.mostBytes = mostBytes;
        String length = request.getHeader("Content-Length");
        boolean framed = request.version() == HttpVersion.HTTP_2
                ? WITH_BODY.contains(request.method().name())
                : request.headers().contains("Transfer-Encoding");
        present = !request.isEnded() && (length == null ? framed : !length.equals("0"));
        if (present) {
            request.pause();
        }
    }

    /** Bytes that it may have. */
    int most() {
        String length = request.getHeader("Content-Length");
        return !present ? 0 : length == null ? mostBytes : Math.min(mostBytes, Integer.parseInt(length));
    }

    /** Reads all of it; empty if there is none. Fails with a {@link ChatServiceException}: 413 too long, 408 not in time. */
    Future<Buffer> read(long limitMs) {
        if (!present) {
            return Future.succeededFuture(Buffer.buffer());
        }
        if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
            request.response().writeContinue();
        }
        Promise<Buffer> promise = Promise.promise();
        Buffer body = Buffer.buffer();
        BoundedStream bounded = new BoundedStream(request, mostBytes);
        bounded.exceptionHandler(promise::tryFail);
        bounded.endHandler(end -> promise.tryComplete(body));
        bounded.handler(body::appendBuffer);
        bounded.resume();
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
