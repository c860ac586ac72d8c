package dev.chatgateway.poll.cycle;

import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.tracing.Span;
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

    public PollTrace(ThreadState state, PollContext env) {
        this.state = state;
        this.env = env;
        causes = state.refreshHints.causes();
        span = env.tracer().poll("poll", causes);
    }

    /** Runs the round; its calls are parts of it. */
    public Future<Void> run(Supplier<Future<Void>> round) {
        return span.get(round);
    }

    /** Counts it. */
    public void ended(PollResult result, long millis) {
        long now = env.scheduler().now();
        int events = result.items().size();
        String outcome = result.outcome();
        span.run(() -> env.metrics().polls().read(outcome, millis, events, now));
        if (env.tracer().enabled()) {
            state.refreshHints.lookedFor(causes);
            span.note(
                            "chatgateway.poll.heat",
                            state.interval.activity(now).name().toLowerCase(Locale.ROOT))
                    .note("chatgateway.poll.events", events)
                    .note("chatgateway.outcome", outcome)
                    .end(outcome.endsWith("changed") ? "" : outcome);
        }
    }
}
