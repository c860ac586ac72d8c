package dev.chatgateway.tracing;

import io.vertx.core.Future;
import java.util.List;

/** Begins the spans of a node. Any thread; nothing here waits. */
public interface Tracer {
    /** Does nothing, and loads nothing. */
    Tracer NONE = new NoTracer();

    /** Whether there are traces at all. */
    boolean enabled();

    /** What the running code is a part of. */
    Span current();

    /** The same task, as a part of what is running now. */
    Runnable later(Runnable task);

    /** A request of a client: the root of a trace. */
    Span command(String method);

    /**
     * A reading of what may have changed: the root of a trace.
     *
     * @param causes the {@link Span#traceparent}s of the writes that it looks for
     */
    Span poll(String name, List<String> causes);

    /** What became of the spans. */
    SpanCounts counts();

    /** Sends what waits, for some seconds at most. Spans that end later are lost. */
    Future<Void> close();
}
