package dev.chatgateway.tracing;

import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Spans of OpenTelemetry, by the exporter that the {@code OTEL_*} variables choose. Any thread. */
final class OtelTracer implements Tracer {
    /** A collector that does not answer must not hold up the end of the node. */
    private static final int CLOSE_SECONDS = 5;

    /** One for all tracers: a thread works for one of them at a time, and takes its span back when it leaves. */
    private static final ThreadLocal<@Nullable Span> RUNNING = new ThreadLocal<>();

    private final Exporting exporting;
    private final io.opentelemetry.api.trace.Tracer tracer;
    private final Span nothing = new OtelSpan(this, io.opentelemetry.api.trace.Span.getInvalid());

    private OtelTracer(Exporting exporting) {
        this.exporting = exporting;
        tracer = exporting.sdk().getTracer("dev.chatgateway");
    }

    /** Throws IllegalArgumentException if a variable says what can't be. */
    static Tracer start() {
        return new OtelTracer(Exporting.start());
    }

    @Override
    public boolean enabled() {
        return true;
    }

    @Override
    public Runnable later(Runnable task) {
        return current().later(task);
    }

    @Override
    public Span current() {
        Span span = RUNNING.get();
        return span == null ? nothing : span;
    }

    /** Makes a span the thread's current one; the result is the one before it. */
    static @Nullable Span swap(@Nullable Span span) {
        Span before = RUNNING.get();
        if (span == null) {
            RUNNING.remove();
        } else {
            RUNNING.set(span);
        }
        return before;
    }

    @Override
    public Span command(String method) {
        return started(tracer.spanBuilder(method).setNoParent().setSpanKind(SpanKind.SERVER));
    }

    @Override
    public Span poll(String name, List<String> causes) {
        SpanBuilder builder = tracer.spanBuilder(name).setNoParent();
        for (String cause : causes) {
            SpanContext written = TraceParent.read(cause);
            if (written.isValid()) {
                builder.addLink(written);
            }
        }
        return started(builder);
    }

    /** A call for the span's work. */
    Span call(io.opentelemetry.api.trace.Span parent, String name) {
        return started(
                tracer.spanBuilder(name).setParent(Context.root().with(parent)).setSpanKind(SpanKind.CLIENT));
    }

    private Span started(SpanBuilder builder) {
        return new OtelSpan(this, builder.startSpan());
    }

    @Override
    public SpanCounts counts() {
        return exporting.counts();
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        exporting.sdk().shutdown().whenComplete(closed::tryComplete);
        return closed.future()
                .timeout(CLOSE_SECONDS, TimeUnit.SECONDS)
                .otherwiseEmpty()
                .onComplete(done -> exporting.silence().close());
    }
}
