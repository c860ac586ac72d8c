package dev.chatgateway.chatproxy;

import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tracing.TraceParent;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.RetryAfter;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.client.BoundedStream;
import dev.chatgateway.upstream.client.CallNotes;
import dev.chatgateway.upstream.client.ErrorBody;
import dev.chatgateway.upstream.client.UpstreamOptions;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import dev.chatgateway.upstream.quota.CallAdmission;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
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

/** Forwards one request, until the head of its response. Owned by the context of the caller, except {@link #stop}. */
final class ChatProxyExchange {
    private static final Logger LOG = LoggerFactory.getLogger(ChatProxyExchange.class);
    private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9-]{1,64}");

    /** Bytes of a response at most. Images are the largest. Responses are not buffered; the limit ends endless ones. */
    private static final long MAX_RESPONSE_BYTES = 64L * 1024 * 1024;

    /** Time limit for the whole response body, so that a client that does not read releases the connection. */
    private static final long MAX_BODY_MS = 60_000;

    private final Dependencies dependencies;
    private final ChatProxyCall call;
    private final Promise<ChatProxyAnswer> promise = Promise.promise();
    private @Nullable HttpClientRequest request;
    private @Nullable BoundedStream body;
    private @Nullable ChatServiceException failure;
    private boolean uploaded;
    private boolean cancelled;
    private long sentNanos;
    private Span span = Span.getInvalid();
    private Context traced = Context.root();

    /** Shared by all exchanges. */
    record Dependencies(
            UpstreamOptions options,
            CallAdmission admission,
            GatewayMetrics metrics,
            Timers timers,
            Clock clock,
            RetryPolicy retryPolicy,
            HttpClient client,
            Tracer tracer) {}

    ChatProxyExchange(Dependencies dependencies, ChatProxyCall call) {
        this.dependencies = dependencies;
        this.call = call;
    }

    Future<ChatProxyAnswer> start() {
        dependencies.admission().pay(call.admissionRequest(), RetryPolicy.PATIENCE_MS, this::admitted, this::refuse);
        return promise.future();
    }

    private void admitted(CallAdmission.Bill permit) {
        if (permit.waitMs() > 0) {
            dependencies.metrics().upstream().heldBack("delayed");
            dependencies.timers().after(permit.waitMs(), () -> connect(permit));
        } else {
            connect(permit);
        }
    }

    /**
     * The client has disconnected. Reads and incomplete writes are cancelled. A write that was sent completely runs to
     * its end, so that its outcome is known.
     */
    void cancel() {
        cancelled = true;
        if (body != null ? !body.ended() : call.isRead() || !uploaded) {
            reset();
        }
    }

    /** Fails the call. Any thread. */
    void stop() {
        promise.tryFail(newFailure(Kind.UNAVAILABLE, 503, "The gateway is stopping."));
    }

    private void refuse(Admission.Refused refused) {
        dependencies.metrics().upstream().heldBack("refused");
        if (refused.full()) {
            dependencies.metrics().limitHit("ledgerScopes");
        }
        promise.tryFail(new ChatServiceException(
                Kind.THROTTLED,
                429,
                "TooManyRequests",
                "Rate limit exceeded (" + refused.limit() + ").",
                refused.retryAfterMs(),
                null));
    }

    private void connect(CallAdmission.Bill permit) {
        if (cancelled || promise.future().isComplete()) {
            permit.refunded();
            promise.tryFail(newFailure(Kind.UNAVAILABLE, 503, "The client has gone away."));
            return;
        }
        UpstreamOptions options = dependencies.options();
        RequestOptions target = new RequestOptions()
                .setMethod(HttpMethod.valueOf(call.method()))
                .setHost(options.host())
                .setPort(options.port())
                .setURI(options.basePath() + call.target())
                .setFollowRedirects(false)
                .setConnectTimeout(options.connectTimeoutMs());
        Future<HttpClientRequest> connected;
        try {
            connected = dependencies.client().request(target);
        } catch (IllegalStateException e) {
            // Thrown by a closed client.
            connected = Future.failedFuture(e);
        }
        connected.onSuccess(opened -> send(opened, permit)).onFailure(cause -> {
            permit.refunded();
            dependencies.metrics().upstream().called(call.path().label(), "none", 0);
            promise.tryFail(newFailure(Kind.UNAVAILABLE, 503, "The chat service can't be reached."));
        });
    }

    private void send(HttpClientRequest opened, CallAdmission.Bill permit) {
        request = opened;
        // A failure of the request also fails its response, where it is handled.
        opened.exceptionHandler(cause -> {});
        sentNanos = System.nanoTime();
        if (cancelled || promise.future().isComplete()) {
            opened.reset();
            permit.refunded();
            promise.tryFail(newFailure(Kind.UNAVAILABLE, 503, "The client has gone away."));
            return;
        }
        long limitMs = dependencies.options().timeoutMs();
        Timers.Cancellation timer = dependencies
                .timers()
                .after(
                        limitMs,
                        () -> timeOut(newFailure(
                                lostKind(), 504, "The chat service did not answer within " + limitMs + " ms.")));
        opened.headers().addAll(call.headers());
        span = dependencies
                .tracer()
                .spanBuilder(call.path().label())
                .setSpanKind(SpanKind.CLIENT)
                .startSpan();
        traced = Context.current().with(span);
        // The trace context of the client is kept.
        String traceparent = TraceParent.of(traced);
        if (!traceparent.isEmpty() && !opened.headers().contains("traceparent")) {
            opened.putHeader("traceparent", traceparent);
        }
        opened.response().onComplete(result -> {
            timer.cancel();
            if (result.succeeded()) {
                responseReceived(result.result(), permit);
            } else {
                responseFailed(permit);
            }
        });
        upload(opened);
    }

    private void upload(HttpClientRequest to) {
        uploaded = true;
        Buffer content = call.body();
        // Failures are reported by the response.
        if (content == null) {
            to.end();
        } else {
            to.end(content);
        }
    }

    private void timeOut(ChatServiceException why) {
        if (body == null) {
            failure = why;
            promise.tryFail(why);
            reset();
        }
    }

    private void reset() {
        if (request != null) {
            request.reset();
        }
    }

    private void responseReceived(HttpClientResponse response, CallAdmission.Bill permit) {
        response.pause();
        int status = response.statusCode();
        recordCall(Integer.toString(status));
        settlePermit(response, permit);
        Timers.Cancellation timer = dependencies.timers().after(MAX_BODY_MS, this::cancel);
        BoundedStream content = new BoundedStream(response, MAX_RESPONSE_BYTES).whenEnded(timer::cancel);
        body = content;
        ChatProxyAnswer head = new ChatProxyAnswer(status, response.headers(), content, this::cancel);
        Runnable complete = () -> promise.tryComplete(head);
        traced.wrap(complete).run();
        if (cancelled || failure != null) {
            timer.cancel();
            reset();
        }
    }

    private void settlePermit(HttpClientResponse response, CallAdmission.Bill permit) {
        int status = response.statusCode();
        if (status == 429) {
            long askedMs =
                    RetryAfter.millis(response.headers(), dependencies.clock().instant());
            dependencies.metrics().upstream().retryAfter(askedMs);
            long backoffMs = dependencies.retryPolicy().backoffMs(permit.strikes());
            permit.throttled(askedMs >= 0 ? askedMs : backoffMs);
        } else if (status == 401) {
            permit.denied();
        } else {
            permit.settled(status < 300);
        }
    }

    private void responseFailed(CallAdmission.Bill permit) {
        recordCall("none");
        permit.settled(false);
        ChatServiceException why = failure != null
                ? failure
                : newFailure(lostKind(), 504, "The connection to the chat service broke before it answered.");
        Runnable fail = () -> promise.tryFail(why);
        traced.wrap(fail).run();
    }

    private void recordCall(String status) {
        long nanos = System.nanoTime() - sentNanos;
        traced.wrap(() -> dependencies
                        .metrics()
                        .upstream()
                        .called(call.path().label(), status, nanos))
                .run();
        if (status.equals("none") || status.equals("429") || status.compareTo("500") >= 0) {
            String requestId = call.headers().get("x-ms-client-request-id");
            CallNotes.failed(LOG, call.path().label(), status, 1, loggable(requestId), span);
        }
        CallNotes.end(span, call.method(), status);
    }

    /** The request id of the client. Values in another format are not logged. */
    private static String loggable(@Nullable String requestId) {
        return requestId != null && REQUEST_ID.matcher(requestId).matches() ? requestId : "none";
    }

    private Kind lostKind() {
        return call.isRead() ? Kind.UNAVAILABLE : Kind.IN_DOUBT;
    }

    private static ChatServiceException newFailure(Kind kind, int status, String message) {
        return new ChatServiceException(kind, status, ErrorBody.codeOf(status), message, -1, null);
    }
}
