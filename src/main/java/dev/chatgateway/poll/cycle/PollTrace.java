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

/**
 * Metrics and trace of one poll of a thread. The span is linked to the traces of the writes that the poll looks for.
 * Used on the poller's context.
 */
public final class PollTrace {
    private final ThreadState state;
    private final PollContext context;
    private final List<String> causes;
    private final Span span;
    private final Context traced;

    public PollTrace(ThreadState state, PollContext context) {
        this.state = state;
        this.context = context;
        causes = state.refreshHints.causes();
        SpanBuilder builder = context.tracer().spanBuilder("poll").setNoParent();
        causes.forEach(cause -> builder.addLink(TraceParent.parse(cause)));
        span = builder.startSpan();
        traced = Context.root().with(span);
    }

    /** Runs the poll inside the span, so that its calls become child spans. */
    public Future<Void> run(Supplier<Future<Void>> poll) {
        return traced.wrapSupplier(poll).get();
    }

    /** Counts the poll and ends the span. */
    public void end(PollResult result, long millis) {
        long now = context.scheduler().now();
        int events = result.items().size();
        String outcome = result.outcome();
        traced.wrap(() -> context.metrics().polls().polled(outcome, millis, events, now))
                .run();
        state.refreshHints.lookedFor(causes);
        if (span.isRecording()) {
            // "heat" is the activity of the thread. The attribute keeps its old name because dashboards query it.
            span.setAttribute(
                            "chatgateway.poll.heat",
                            state.interval.activity(now).name().toLowerCase(Locale.ROOT))
                    .setAttribute("chatgateway.poll.events", events)
                    .setAttribute("chatgateway.outcome", outcome);
        }
        Tracing.end(span, outcome.endsWith("changed") ? "" : outcome);
    }
}
