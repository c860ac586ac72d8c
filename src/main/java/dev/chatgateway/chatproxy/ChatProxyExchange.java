package dev.chatgateway.chatproxy;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tracing.Span;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.RetryAfter;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.client.BoundedStream;
import dev.chatgateway.upstream.client.CallNotes;
import dev.chatgateway.upstream.client.ErrorBody;
import dev.chatgateway.upstream.client.UpstreamOptions;
import dev.chatgateway.upstream.quota.CallAdmission;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Clock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request passed on, until the head of its answer. Owned by the caller's context, but for {@link #stop}. */
final class ChatProxyExchange {
    private static final Logger LOG = LoggerFactory.getLogger(ChatProxyExchange.class);
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9-]{1,64}");

    /** Images are the largest that the service sends. Nothing of it is held: the bound ends streams that never do. */
    private static final long ANSWER_BYTES = 64L * 1024 * 1024;

    /** For the whole body of an answer: a client that does not take it must not hold a connection. */
    private static final long BODY_MS = 60_000;

    private final Tools tools;
    private final ChatProxyCall call;
    private final Promise<ChatProxyAnswer> promise = Promise.promise();
    private @Nullable HttpClientRequest request;
    private @Nullable BoundedStream body;
    private @Nullable ChatServiceException reason;
    private boolean uploaded;
    private boolean abandoned;
    private long sentNanos;
    private Span span = Tracer.NONE.current();

    /** What all exchanges share. */
    record Tools(
            UpstreamOptions options,
            CallAdmission till,
            GatewayMetrics metrics,
            Timers timers,
            Clock clock,
            RetryPolicy pauses,
            HttpClient client,
            Tracer tracer) {}

    ChatProxyExchange(Tools tools, ChatProxyCall call) {
        this.tools = tools;
        this.call = call;
    }

    Future<ChatProxyAnswer> start() {
        tools.till().pay(call.payment(), RetryPolicy.PATIENCE_MS, this::paid, this::refuse);
        return promise.future();
    }

    private void paid(CallAdmission.Bill bill) {
        if (bill.waitMs() > 0) {
            tools.metrics().upstream().ledger("delayed");
            tools.timers().after(bill.waitMs(), () -> connect(bill));
        } else {
            connect(bill);
        }
    }

    /** The client is gone: what need not be done any more is not. A write that is complete is left to its end. */
    void abandon() {
        abandoned = true;
        if (body != null ? !body.ended() : call.reads() || !uploaded) {
            reset();
        }
    }

    /** Called from any thread. */
    void stop() {
        promise.tryFail(failure(Kind.UNAVAILABLE, 503, "The gateway is stopping."));
    }

    private void refuse(Admission.Refused refused) {
        tools.metrics().upstream().ledger("refused");
        if (refused.full()) {
            tools.metrics().limitHit("ledgerScopes");
        }
        promise.tryFail(new ChatServiceException(
                Kind.THROTTLED,
                429,
                "TooManyRequests",
                "Rate limit exceeded (" + refused.limit() + ").",
                refused.retryAfterMs(),
                null));
    }

    private void connect(CallAdmission.Bill bill) {
        if (abandoned || promise.future().isComplete()) {
            bill.refunded();
            promise.tryFail(failure(Kind.UNAVAILABLE, 503, "The client has gone away."));
            return;
        }
        UpstreamOptions options = tools.options();
        RequestOptions target = new RequestOptions()
                .setMethod(HttpMethod.valueOf(call.method()))
                .setHost(options.host())
                .setPort(options.port())
                .setURI(options.basePath() + call.target())
                .setFollowRedirects(false)
                .setConnectTimeout(options.connectTimeoutMs());
        Future<HttpClientRequest> connected;
        try {
            connected = tools.client().request(target);
        } catch (IllegalStateException e) {
            // Thrown by a client that is closed.
            connected = Future.failedFuture(e);
        }
        connected.onSuccess(opened -> send(opened, bill)).onFailure(cause -> {
            bill.refunded();
            tools.metrics().upstream().called(call.path().label(), "none", 0);
            promise.tryFail(failure(Kind.UNAVAILABLE, 503, "The chat service can't be reached."));
        });
    }

    private void send(HttpClientRequest opened, CallAdmission.Bill bill) {
        request = opened;
        // What breaks the request fails its answer too, and is told there.
        opened.exceptionHandler(cause -> {});
        sentNanos = System.nanoTime();
        if (abandoned || promise.future().isComplete()) {
            opened.reset();
            bill.refunded();
            promise.tryFail(failure(Kind.UNAVAILABLE, 503, "The client has gone away."));
            return;
        }
        long limitMs = tools.options().timeoutMs();
        Timers.Cancellation limit = tools.timers()
                .after(
                        limitMs,
                        () -> giveUp(
                                failure(lost(), 504, "The chat service did not answer within " + limitMs + " ms.")));
        opened.headers().addAll(call.headers());
        span = tools.tracer().current().call(call.path().label());
        // A trace that the client has begun stays its own.
        String traceparent = span.traceparent();
        if (!traceparent.isEmpty() && !opened.headers().contains("traceparent")) {
            opened.putHeader("traceparent", traceparent);
        }
        opened.response().onComplete(result -> {
            limit.cancel();
            if (result.succeeded()) {
                answered(result.result(), bill);
            } else {
                unanswered(bill);
            }
        });
        upload(opened);
    }

    private void upload(HttpClientRequest to) {
        uploaded = true;
        Buffer content = call.body();
        // Of a request that breaks its answer tells.
        if (content == null) {
            to.end();
        } else {
            to.end(content);
        }
    }

    private void giveUp(ChatServiceException why) {
        if (body == null) {
            reason = why;
            promise.tryFail(why);
            reset();
        }
    }

    private void reset() {
        if (request != null) {
            request.reset();
        }
    }

    private void answered(HttpClientResponse answer, CallAdmission.Bill bill) {
        answer.pause();
        int status = answer.statusCode();
        called(Integer.toString(status));
        account(answer, bill);
        Timers.Cancellation limit = tools.timers().after(BODY_MS, this::abandon);
        BoundedStream content = new BoundedStream(answer, ANSWER_BYTES).whenEnded(limit::cancel);
        body = content;
        span.run(() -> promise.tryComplete(new ChatProxyAnswer(status, answer.headers(), content, this::abandon)));
        if (abandoned || reason != null) {
            limit.cancel();
            reset();
        }
    }

    private void account(HttpClientResponse answer, CallAdmission.Bill bill) {
        int status = answer.statusCode();
        if (status == 429) {
            long askedMs = RetryAfter.millis(answer.headers(), tools.clock().instant());
            tools.metrics().upstream().retryAfter(askedMs);
            long backoffMs = tools.pauses().backoffMs(bill.strikes());
            bill.throttled(askedMs >= 0 ? askedMs : backoffMs);
        } else if (status == 401) {
            bill.denied();
        } else {
            bill.settled(status < 300);
        }
    }

    private void unanswered(CallAdmission.Bill bill) {
        called("none");
        bill.settled(false);
        ChatServiceException why = reason != null
                ? reason
                : failure(lost(), 504, "The connection to the chat service broke before it answered.");
        span.run(() -> promise.tryFail(why));
    }

    private void called(String status) {
        long nanos = System.nanoTime() - sentNanos;
        span.run(() -> tools.metrics().upstream().called(call.path().label(), status, nanos));
        if (status.equals("none") || status.equals("429") || status.compareTo("500") >= 0) {
            String requestId = call.headers().get("x-ms-client-request-id");
            CallNotes.failed(LOG, call.path().label(), status, 1, shown(requestId), span);
        }
        CallNotes.end(span, call.method(), status);
    }

    /** The client's own; what could be anything is not repeated. */
    private static String shown(@Nullable String requestId) {
        return requestId != null && REQUEST_ID.matcher(requestId).matches() ? requestId : "none";
    }

    private Kind lost() {
        return call.reads() ? Kind.UNAVAILABLE : Kind.IN_DOUBT;
    }

    private static ChatServiceException failure(Kind kind, int status, String message) {
        return new ChatServiceException(kind, status, ErrorBody.codeOf(status), message, -1, null);
    }
}
