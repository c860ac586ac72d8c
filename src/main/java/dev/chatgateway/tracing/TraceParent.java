package dev.chatgateway.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;

/**
 * The header {@code traceparent} of W3C Trace Context as one text, for refresh hints and messages between nodes, which
 * have no map of headers.
 */
public final class TraceParent {
    private static final String NAME = "traceparent";
    private static final W3CTraceContextPropagator FORMAT = W3CTraceContextPropagator.getInstance();

    private TraceParent() {}

    /** Names the current span; empty without one. */
    public static String current() {
        return of(Context.current());
    }

    /** Names the span of the context; empty without one. */
    public static String of(Context context) {
        String[] header = {""};
        FORMAT.inject(context, header, (carrier, key, value) -> {
            if (carrier != null && key.equals(NAME)) {
                carrier[0] = value;
            }
        });
        return header[0];
    }

    /** The span that the header names; invalid if it names none. Another node may have written it. */
    public static SpanContext parse(String header) {
        return Span.fromContext(FORMAT.extract(Context.root(), header, (text, key) -> key.equals(NAME) ? text : null))
                .getSpanContext();
    }
}
