package dev.chatgateway.metrics;

import dev.chatgateway.tracing.Tracer;
import io.prometheus.metrics.tracer.common.SpanContext;
import org.jspecify.annotations.Nullable;

/** Names the span that a sample is recorded in, so that a slow bucket leads to a trace. Any thread. */
final class Exemplars implements SpanContext {
    private final Tracer tracer;

    Exemplars(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public @Nullable String getCurrentTraceId() {
        String id = tracer.current().traceId();
        return id.isEmpty() ? null : id;
    }

    @Override
    public @Nullable String getCurrentSpanId() {
        String id = tracer.current().spanId();
        return id.isEmpty() ? null : id;
    }

    @Override
    public boolean isCurrentSpanSampled() {
        return tracer.current().sampled();
    }

    @Override
    public void markCurrentSpanAsExemplar() {
        tracer.current().note("exemplar", "true");
    }
}
