package dev.chatgateway.upstream.client;

import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Outcome;
import dev.chatgateway.upstream.RequestPath;
import dev.chatgateway.upstream.Timers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;

/**
 * One attempt of a call over the web client: request, time limit, answer. May be used from any thread; completes on the
 * caller's context. Owns the client and its connections.
 */
final class HttpExchange {
    /** A page of 200 messages of 28 KiB with metadata fits; nothing that the service sends is longer. */
    private static final int ANSWER_BYTES = 16 * 1024 * 1024;

    /** The client's own limit ends this much later than the attempt's timer, to free the connection. */
    private static final int RELEASE_MS = 500;

    private final UpstreamOptions options;
    private final Timers timers;
    private final AnswerReader reader;
    private final ClockOffset offset;
    private final String base;

    /** Held in a field: Vert.x closes clients that are not referenced. */
    private final WebClient client;

    HttpExchange(Vertx vertx, UpstreamOptions options, Timers timers, AnswerReader reader, ClockOffset offset) {
        this.options = options;
        this.timers = timers;
        this.reader = reader;
        this.offset = offset;
        this.base = options.basePath();
        this.client = WebClient.create(vertx, clientOptions(options), Connections.pool(options));
    }

    /**
     * Makes one attempt. Never fails: the outcome contains the failure.
     *
     * @param requestId the same for all attempts of a call
     * @param traceparent of this attempt; empty for none
     */
    Future<Outcome> attempt(ChatCall call, String requestId, String traceparent) {
        Promise<Outcome> outcome = Promise.promise();
        Timers.Cancellation limit = timers.after(
                options.timeoutMs(),
                () -> outcome.tryComplete(AnswerReader.lost(
                        call, "The chat service did not answer within " + options.timeoutMs() + " ms.")));
        Future<HttpResponse<Buffer>> answer;
        try {
            answer = send(request(call, requestId, traceparent), call);
        } catch (IllegalArgumentException e) {
            answer = Future.failedFuture(new ChatServiceException(
                    Kind.REFUSED, 400, "BadRequest", String.valueOf(e.getMessage()), -1, null));
        } catch (IllegalStateException e) {
            // Thrown by a client that is closed, before anything was sent.
            limit.cancel();
            return Future.succeededFuture(AnswerReader.unsent("The gateway is stopping.", false));
        }
        answer.onComplete(result -> {
            limit.cancel();
            if (result.succeeded()) {
                offset.update(result.result().getHeader("Date"));
            }
            outcome.tryComplete(
                    result.succeeded()
                            ? reader.read(call, result.result())
                            : AnswerReader.failed(call, result.cause()));
        });
        return outcome.future();
    }

    void close() {
        client.close();
    }

    private HttpRequest<Buffer> request(ChatCall call, String requestId, String traceparent) {
        HttpRequest<Buffer> request = client.request(
                        HttpMethod.valueOf(call.operation().method()),
                        options.port(),
                        options.host(),
                        RequestPath.of(base, call, options.apiVersion()))
                .as(new BoundedBody(ANSWER_BYTES))
                .followRedirects(false)
                // Without a connection nothing has been sent: this limit must end first.
                .connectTimeout(Math.min(options.connectTimeoutMs(), options.timeoutMs() * 3L / 4))
                .idleTimeout(options.timeoutMs() + RELEASE_MS)
                .putHeader("Accept", "application/json")
                .putHeader("Authorization", "Bearer " + call.token().secret())
                .putHeader("x-ms-client-request-id", requestId);
        if (!traceparent.isEmpty()) {
            request.putHeader("traceparent", traceparent);
        }
        if (call.repeatabilityId() != null) {
            request.putHeader("repeatability-request-id", call.repeatabilityId());
        }
        return request;
    }

    private static Future<HttpResponse<Buffer>> send(HttpRequest<Buffer> request, ChatCall call) {
        if (call.body() == null) {
            return request.send();
        }
        boolean patch = call.operation().method().equals("PATCH");
        return request.putHeader("Content-Type", patch ? "application/merge-patch+json" : "application/json")
                .sendBuffer(call.body().toBuffer());
    }

    private static WebClientOptions clientOptions(UpstreamOptions options) {
        return Connections.configure(new WebClientOptions(), options)
                .setFollowRedirects(false)
                .setUserAgent("chat-gateway");
    }
}
