package dev.chatgateway.upstream.client;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tracing.CallerContext;
import dev.chatgateway.tracing.TraceParent;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
import dev.chatgateway.upstream.Outcome;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.quota.AdmissionRequest;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import dev.chatgateway.upstream.quota.CallAdmission;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The chat service over HTTP. Each attempt of a call is paid from the ledger, limited in time, counted, and made again
 * where reference 6.5 allows it; a person waits at most {@link RetryPolicy#PATIENCE_MS} for rate windows, a poll never.
 *
 * <p>May be called from any thread; a call runs and completes on its caller's context. A call ends within twice the
 * configured time limit.
 */
public final class WebChatService implements ChatService, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WebChatService.class);

    private final Vertx vertx;
    private final Timers timers;
    private final RateLimiter ledger;
    private final CallAdmission till;
    private final GatewayMetrics metrics;
    private final RetryPolicy retries;
    private final HttpExchange exchange;
    private final ClockOffset offset;
    private final Tracer tracer;

    /** Calls that wait for a window or a retry, each on a context of its own. */
    private final Set<Run> waiting = ConcurrentHashMap.newKeySet();

    private volatile Consumer<UserToken> unauthorized = token -> {};
    private volatile boolean closed;

    /**
     * @param clock for HTTP dates in answers
     * @param random for the jitter of retries
     */
    public WebChatService(
            Vertx vertx,
            UpstreamOptions options,
            RateLimiter ledger,
            GatewayMetrics metrics,
            Timers timers,
            Clock clock,
            RandomGenerator random,
            Tracer tracer) {
        this.vertx = vertx;
        this.timers = timers;
        this.ledger = ledger;
        this.till = new CallAdmission(ledger, timers);
        this.metrics = metrics;
        this.tracer = tracer;
        this.retries = new RetryPolicy(options.retries(), options.timeoutMs(), random);
        this.offset = new ClockOffset(clock, metrics.upstream());
        this.exchange = new HttpExchange(vertx, options, timers, new AnswerReader(clock), offset);
    }

    /** How far the service's clock is ahead of this node's, in milliseconds, to the second; 0 while that is not known. */
    public long clockOffsetMs() {
        return offset.lastMs();
    }

    @Override
    public Future<Reply> call(ChatCall call) {
        Run run = new Run(call);
        CallerContext.of(vertx).execute(run::attempt);
        return run.promise.future();
    }

    /**
     * Milliseconds until such a call would be admitted, 0 for now. Cheap, pays nothing; for the poller's schedule. The
     * answer may be out of date at once.
     */
    public long earliestMs(ChatOperation operation, String userId, @Nullable String threadId, Priority priority) {
        return ledger.earliestMs(operation, userId, threadId, priority, timers.nowMs());
    }

    /**
     * From now on the listener is told of each token that the service had accepted and has answered with 401, before the
     * call fails. On the context of the call.
     */
    public void onUnauthorized(Consumer<UserToken> listener) {
        unauthorized = listener;
    }

    /** Closes all connections; calls that wait fail at once, those under way as their connection breaks. */
    @Override
    public void close() {
        closed = true;
        waiting.forEach(Run::stop);
        exchange.close();
    }

    private static ChatServiceException stopping() {
        return new ChatServiceException(
                Kind.UNAVAILABLE, 503, "ServiceUnavailable", "The gateway is stopping.", -1, null);
    }

    /** One call with all its attempts. Owned by the caller's context, but for {@link #stop}. */
    private final class Run {
        private final ChatCall call;
        private final Promise<Reply> promise = Promise.promise();
        private final Context caller = Context.current();
        private final String requestId = UUID.randomUUID().toString();
        private final long startedMs = timers.nowMs();
        private long throttledMs;
        private int attempts;

        Run(ChatCall call) {
            this.call = call;
        }

        void attempt() {
            if (closed) {
                promise.tryFail(stopping());
                return;
            }
            long patience =
                    RetryPolicy.patient(call.priority()) ? Math.max(0, RetryPolicy.PATIENCE_MS - throttledMs) : 0;
            till.pay(AdmissionRequest.of(call), patience, this::paid, this::refused);
        }

        private void paid(CallAdmission.Bill bill) {
            if (bill.waitMs() > 0) {
                metrics.upstream().heldBack("delayed");
                throttledMs += bill.waitMs();
                pause(bill.waitMs(), () -> send(bill));
            } else {
                send(bill);
            }
        }

        private void refused(Admission.Refused refused) {
            metrics.upstream().heldBack("refused");
            if (refused.full()) {
                metrics.limitHit("ledgerScopes");
            }
            promise.tryFail(new ChatServiceException(
                    Kind.THROTTLED,
                    429,
                    "TooManyRequests",
                    "Rate limit exceeded (" + refused.limit() + ").",
                    refused.retryAfterMs(),
                    null));
        }

        private void send(CallAdmission.Bill bill) {
            if (closed) {
                bill.refunded();
                promise.tryFail(stopping());
                return;
            }
            attempts++;
            long startNanos = System.nanoTime();
            Span span = tracer.spanBuilder(call.operation().label())
                    .setParent(caller)
                    .setSpanKind(SpanKind.CLIENT)
                    .startSpan();
            Context traced = caller.with(span);
            exchange.attempt(call, requestId, TraceParent.of(traced)).onSuccess(outcome -> {
                traced.wrap(() -> told(span, outcome, System.nanoTime() - startNanos))
                        .run();
                caller.wrap(() -> ended(bill, outcome)).run();
            });
        }

        private void told(Span span, Outcome outcome, long nanos) {
            String status = outcome.status();
            metrics.upstream().called(call.operation().label(), status, nanos);
            if (outcome instanceof Outcome.Failed lost && lost.failure().kind() != Kind.REFUSED) {
                CallNotes.failed(LOG, call.operation().label(), status, attempts, requestId, span);
            }
            span.setAttribute("http.request.resend_count", attempts - 1)
                    .setAttribute("chatgateway.request_id", requestId)
                    .setAttribute("chatgateway.priority", call.priority().name())
                    .setAttribute("chatgateway.throttled_ms", throttledMs);
            CallNotes.end(span, call.operation().method(), status);
        }

        private void ended(CallAdmission.Bill bill, Outcome outcome) {
            if (outcome instanceof Outcome.Answered answered) {
                bill.settled(true);
                promise.tryComplete(answered.reply());
            } else if (outcome instanceof Outcome.Failed failed) {
                long askedMs = failed.failure().retryAfterMs();
                metrics.upstream().retryAfter(askedMs);
                boolean throttled = failed.failure().kind() == Kind.THROTTLED;
                int failures = throttled ? bill.strikes() : attempts - 1;
                long delayMs = askedMs >= 0 ? askedMs : retries.backoffMs(failures);
                account(bill, failed, delayMs);
                if (failed.answered() && failed.failure().status() == 401 && call.address() == null) {
                    unauthorized.accept(call.token());
                }
                retry(failed, delayMs);
            }
        }

        private void account(CallAdmission.Bill bill, Outcome.Failed failed, long delayMs) {
            if (!failed.counted() && failed.answered()) {
                bill.denied();
            } else if (!failed.counted()) {
                bill.refunded();
            } else if (failed.failure().kind() == Kind.THROTTLED) {
                bill.throttled(delayMs);
            } else {
                bill.settled(false);
            }
        }

        private void retry(Outcome.Failed failed, long delayMs) {
            long elapsedMs = timers.nowMs() - startedMs;
            long next = retries.next(failed, call.priority(), attempts, delayMs, throttledMs, elapsedMs);
            if (next < 0) {
                promise.tryFail(failed.failure().comingAgain(delayMs));
                return;
            }
            if (failed.failure().kind() == Kind.THROTTLED) {
                throttledMs += next;
            }
            pause(next, this::attempt);
        }

        private void pause(long ms, Runnable then) {
            waiting.add(this);
            timers.after(ms, () -> {
                waiting.remove(this);
                caller.wrap(then).run();
            });
            if (closed) {
                stop();
            }
        }

        /** Called from any thread; the timer that is still pending finds the service closed and gives its permit back. */
        private void stop() {
            waiting.remove(this);
            promise.tryFail(stopping());
        }
    }
}
