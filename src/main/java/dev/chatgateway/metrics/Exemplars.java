package dev.chatgateway.metrics;

import io.opentelemetry.api.trace.Span;
import io.prometheus.metrics.tracer.common.SpanContext;
import org.jspecify.annotations.Nullable;

/** Gives exemplars the ids of the current span, so that a slow bucket leads to a trace. Any thread. */
final class Exemplars implements SpanContext {
    @Override
    public @Nullable String getCurrentTraceId() {
        return current().isValid() ? current().getTraceId() : null;
    }

    @Override
    public @Nullable String getCurrentSpanId() {
        return current().isValid() ? current().getSpanId() : null;
    }

    @Override
    public boolean isCurrentSpanSampled() {
        return current().isSampled();
    }

    @Override
    public void markCurrentSpanAsExemplar() {
        Span.current().setAttribute("exemplar", "true");
    }

    private static io.opentelemetry.api.trace.SpanContext current() {
        return Span.current().getSpanContext();
    }
}
