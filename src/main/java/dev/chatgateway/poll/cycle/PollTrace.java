package dev.chatgateway.poll.cycle;

import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.tracing.TraceParent;
import dev.chatgateway.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** One round of a thread as metrics and traces tell it, linked to the writes that it looks for. Poller's context. */
public final class PollTrace {
    private final ThreadState state;
    private final PollContext env;
    private final List<String> causes;
    private final Span span;
    private final Context traced;

    public PollTrace(ThreadState state, PollContext env) {
        this.state = state;
        this.env = env;
        causes = state.refreshHints.causes();
        SpanBuilder builder = env.tracer().spanBuilder("poll").setNoParent();
        causes.forEach(cause -> builder.addLink(TraceParent.parse(cause)));
        span = builder.startSpan();
        traced = Context.root().with(span);
    }

    /** Runs the round; its calls are parts of it. */
    public Future<Void> run(Supplier<Future<Void>> round) {
        return traced.wrapSupplier(round).get();
    }

    /** Counts it. */
    public void ended(PollResult result, long millis) {
        long now = env.scheduler().now();
        int events = result.items().size();
        String outcome = result.outcome();
        traced.wrap(() -> env.metrics().polls().polled(outcome, millis, events, now))
                .run();
        state.refreshHints.lookedFor(causes);
        if (span.isRecording()) {
            span.setAttribute(
                            "chatgateway.poll.heat",
                            state.interval.activity(now).name().toLowerCase(Locale.ROOT))
                    .setAttribute("chatgateway.poll.events", events)
                    .setAttribute("chatgateway.outcome", outcome);
        }
        Tracing.end(span, outcome.endsWith("changed") ? "" : outcome);
    }
}
