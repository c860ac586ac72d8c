package dev.chatgateway.embedded;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Writes answers with the headers of the service (specification 1.1 and 5.1). */
final class ReplyWriter {
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json; charset=utf-8");
    private static final CharSequence SUPPORTED = HttpHeaders.createOptimized("api-supported-versions");
    private static final CharSequence TYPE_OPTIONS = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence VECTOR = HttpHeaders.createOptimized("MS-CV");
    private static final CharSequence CHAT_VERSIONS =
            HttpHeaders.createOptimized("2021-03-07, 2021-09-07, 2023-11-07, 2024-03-07, 2025-03-15");
    private static final CharSequence IDENTITY_VERSIONS =
            HttpHeaders.createOptimized("2021-03-07, 2022-06-01, 2022-10-01, 2023-10-01");
    private static final String REQUEST_ID = "x-ms-client-request-id";
    private static final long LINGER_MS = 2_000;
    private static final Pattern ECHOED = Pattern.compile("[\\x21-\\x7e]{1,128}");

    /** Correlation ids: one random base for the process, then a counter, as a support id needs to be unique only. */
    private final String vector = UUID.randomUUID().toString().replace("-", "").substring(0, 22);

    private long answers;

    void write(HttpServerRequest request, Operation operation, String base, Reply reply) {
        HttpServerResponse response = request.response();
        boolean identity = operation.scope() == null;
        response.putHeader(SUPPORTED, identity ? IDENTITY_VERSIONS : CHAT_VERSIONS);
        String id = request.getHeader(REQUEST_ID);
        if (identity && id != null && ECHOED.matcher(id).matches()) {
            response.putHeader(REQUEST_ID, id);
        }
        if (reply.location() != null) {
            response.putHeader(HttpHeaders.LOCATION, base + reply.location());
        }
        end(response, reply);
    }

    /**
     * For a request that was not read to its end: the rest of its body must not be taken for the next request. The
     * connection stays for a moment, dropping what comes in, so that the answer is not lost in a reset.
     */
    void writeAndClose(HttpServerRequest request, ApiError error) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.closed()) {
            return;
        }
        boolean shared = request.version() == HttpVersion.HTTP_2;
        if (!shared) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        Future<Void> read = request.isEnded() ? Future.succeededFuture() : request.end();
        Future<Void> ended = end(response, error.reply());
        if (!shared) {
            // Not shutdown(): it closes at once when the answer is out, and what still arrives resets the connection.
            ended.transform(written -> read.timeout(LINGER_MS, TimeUnit.MILLISECONDS))
                    .onComplete(rest -> request.connection().close());
        }
    }

    private Future<Void> end(HttpServerResponse response, Reply reply) {
        response.setStatusCode(reply.status())
                .putHeader(VECTOR, vector + "." + answers++)
                .putHeader(TYPE_OPTIONS, "nosniff");
        if (reply.retryAfterSeconds() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Integer.toString(reply.retryAfterSeconds()));
        }
        if (reply.body() == null) {
            return response.end();
        }
        return response.putHeader(HttpHeaders.CONTENT_TYPE, JSON).end(Buffer.buffer(reply.body()));
    }
}
