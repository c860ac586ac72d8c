package dev.chatgateway.tracing;

import io.opentelemetry.api.trace.StatusCode;
import java.util.function.Supplier;

/** A span of OpenTelemetry, or, with the invalid one, the absence of any. */
final class OtelSpan implements Span {
    private final OtelTracer tracer;
    private final io.opentelemetry.api.trace.Span span;

    OtelSpan(OtelTracer tracer, io.opentelemetry.api.trace.Span span) {
        this.tracer = tracer;
        this.span = span;
    }

    @Override
    public Span call(String name) {
        return tracer.call(span, name);
    }

    @Override
    public Span note(String key, String value) {
        span.setAttribute(key, value);
        return this;
    }

    @Override
    public Span note(String key, long value) {
        span.setAttribute(key, value);
        return this;
    }

    @Override
    public void end(String failure) {
        if (!failure.isEmpty()) {
            span.setAttribute("error.type", failure);
            span.setStatus(StatusCode.ERROR);
        }
        span.end();
    }

    @Override
    public void run(Runnable task) {
        Span before = OtelTracer.swap(this);
        try {
            task.run();
        } finally {
            OtelTracer.swap(before);
        }
    }

    @Override
    public <T> T get(Supplier<T> task) {
        Span before = OtelTracer.swap(this);
        try {
            return task.get();
        } finally {
            OtelTracer.swap(before);
        }
    }

    @Override
    public String traceId() {
        return valid() ? span.getSpanContext().getTraceId() : "";
    }

    @Override
    public String spanId() {
        return valid() ? span.getSpanContext().getSpanId() : "";
    }

    @Override
    public boolean sampled() {
        return span.getSpanContext().isSampled();
    }

    @Override
    public String traceparent() {
        return TraceParent.of(span.getSpanContext());
    }

    private boolean valid() {
        return span.getSpanContext().isValid();
    }
}
