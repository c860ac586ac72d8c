package dev.chatgateway.poll.cycle;

import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.tracing.Span;
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

    public PollTrace(ThreadState state, PollContext context) {
        this.state = state;
        this.context = context;
        causes = state.pokes.causes();
        span = context.tracer().poll("poll", causes);
    }

    /** Runs the poll inside the span, so that its calls become child spans. */
    public Future<Void> run(Supplier<Future<Void>> poll) {
        return span.get(poll);
    }

    /** Counts the poll and ends the span. */
    public void end(PollResult result, long millis) {
        long now = context.ticker().now();
        int events = result.items().size();
        String outcome = result.outcome();
        span.run(() -> context.metrics().polls().read(outcome, millis, events, now));
        if (context.tracer().enabled()) {
            state.pokes.lookedFor(causes);
            span.note("chatgateway.poll.heat", state.pace.heat(now).name().toLowerCase(Locale.ROOT))
                    .note("chatgateway.poll.events", events)
                    .note("chatgateway.outcome", outcome)
                    .end(outcome.endsWith("changed") ? "" : outcome);
        }
    }
}
