package dev.chatgateway.embedded.http;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.ErrorForm;
import dev.chatgateway.embedded.request.Operation;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.request.Request;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

/** Writes responses with the headers of the service. Confined to one event loop. */
final class ReplyWriter {
    private static final CharSequence JSON = HttpHeaders.createOptimized("application/json; charset=utf-8");
    private static final CharSequence ERROR_JSON = HttpHeaders.createOptimized("application/json");
    private static final CharSequence SUPPORTED = HttpHeaders.createOptimized("api-supported-versions");
    private static final CharSequence TYPE_OPTIONS = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence VECTOR = HttpHeaders.createOptimized("MS-CV");
    private static final CharSequence PROCESSING_TIME = HttpHeaders.createOptimized("X-Processing-Time");
    private static final CharSequence EXPOSED = HttpHeaders.createOptimized("Access-Control-Expose-Headers");
    private static final CharSequence CONTEXT = HttpHeaders.createOptimized("Request-Context");
    private static final CharSequence TLS_ONLY = HttpHeaders.createOptimized("Strict-Transport-Security");
    private static final CharSequence A_YEAR = HttpHeaders.createOptimized("max-age=31536000;includeSubDomains");

    /** Typing is reported from the second of the chat versions on. */
    private static final String TYPING_VERSIONS = "2021-04-05-preview6, 2021-09-07, 2023-04-01-preview, "
            + "2023-07-01-preview, 2023-11-07, 2023-11-15-preview, 2024-03-01-preview, 2024-03-07, "
            + "2024-03-15-preview, 2024-06-05-preview, 2025-03-15";

    private static final String CHAT_VERSIONS = "2021-03-07, " + TYPING_VERSIONS;
    private static final String IDENTITY_VERSIONS = "2020-07-20-preview2, 2021-03-07, 2021-10-31-preview, 2021-11-01, "
            + "2022-06-01, 2022-10-01, 2023-10-01, 2025-03-02-preview, 2025-06-30";
    private static final String REQUEST_ID = "x-ms-client-request-id";
    private static final String RETURN_REQUEST_ID = "x-ms-return-client-request-id";
    private static final String PREFLIGHT_SECONDS = "600";
    private static final long LINGER_MS = 2_000;
    private static final Pattern ECHOED = Pattern.compile("[\\x21-\\x7e]{1,128}");
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    /** Correlation id: a random base and a counter, as the id only has to be unique. */
    private final String vector = UUID.randomUUID().toString().replace("-", "").substring(0, 22);

    private final LongSupplier serviceTime;
    private long responses;
    private long dateSecond = Long.MIN_VALUE;
    private String date = "";

    /** @param serviceTime the service's time in epoch milliseconds, including the clock fault */
    ReplyWriter(LongSupplier serviceTime) {
        this.serviceTime = serviceTime;
    }

    /** @param processingMs time from the arrival of the request to this response */
    void write(HttpServerRequest http, Request request, Reply reply, long processingMs) {
        HttpServerResponse response = http.response();
        Operation operation = request.target().operation();
        boolean identity = operation.scope() == null;
        response.putHeader(SUPPORTED, identity ? IDENTITY_VERSIONS : chatVersions(operation));
        response.putHeader(PROCESSING_TIME, processingMs + "ms");
        if (identity) {
            response.putHeader(CONTEXT, "appId=");
        } else {
            response.putHeader(EXPOSED, "*");
            allowPage(http);
        }
        String id = http.getHeader(REQUEST_ID);
        boolean echoed = identity || "true".equalsIgnoreCase(http.getHeader(RETURN_REQUEST_ID));
        if (echoed && id != null && ECHOED.matcher(id).matches()) {
            response.putHeader(REQUEST_ID, id);
        }
        if (reply.location() != null) {
            response.putHeader(HttpHeaders.LOCATION, request.base() + reply.location());
        }
        end(http, reply);
    }

    /** Answers the preflight request of a page of any origin: what it may do depends on its token alone. */
    void preflight(HttpServerRequest request) {
        allowPage(request);
        request.response()
                .putHeader("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
                .putHeader("Access-Control-Allow-Headers", "authorization, *")
                .putHeader("Access-Control-Max-Age", PREFLIGHT_SECONDS);
        end(request, Reply.empty(204));
    }

    private static void allowPage(HttpServerRequest request) {
        if (request.headers().contains(HttpHeaders.ORIGIN)) {
            request.response().putHeader("Access-Control-Allow-Origin", "*");
        }
    }

    private static String chatVersions(Operation operation) {
        return operation == Operation.SEND_TYPING ? TYPING_VERSIONS : CHAT_VERSIONS;
    }

    /**
     * Responds to a request whose body was not read to its end. The HTTP/1.1 connection is closed, as the rest of the body
     * would be read as the next request; two seconds later at most, so that a reset does not lose the response.
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
        Future<Void> ended = end(request, ErrorForm.CURRENT.reply(error));
        if (!shared) {
            // Not shutdown(): it closes right after the response, and data that still arrives would reset the
            // connection.
            ended.transform(written -> read.timeout(LINGER_MS, TimeUnit.MILLISECONDS))
                    .onComplete(rest -> request.connection().close());
        }
    }

    private Future<Void> end(HttpServerRequest http, Reply reply) {
        HttpServerResponse response = http.response();
        response.setStatusCode(reply.status())
                .putHeader(HttpHeaders.DATE, date())
                .putHeader(VECTOR, vector + "." + responses++)
                .putHeader(TYPE_OPTIONS, "nosniff");
        if (http.isSSL()) {
            response.putHeader(TLS_ONLY, A_YEAR);
        }
        if (reply.retryAfterSeconds() > 0) {
            response.putHeader(HttpHeaders.RETRY_AFTER, Integer.toString(reply.retryAfterSeconds()));
        }
        if (reply.body() == null) {
            return response.end();
        }
        return response.putHeader(HttpHeaders.CONTENT_TYPE, reply.status() < 400 ? JSON : ERROR_JSON)
                .end(Buffer.buffer(reply.body()));
    }

    /** The Date header, formatted once a second. */
    private String date() {
        long second = Math.floorDiv(serviceTime.getAsLong(), 1000);
        if (second != dateSecond) {
            dateSecond = second;
            date = DATE.format(Instant.ofEpochSecond(second));
        }
        return date;
    }
}
