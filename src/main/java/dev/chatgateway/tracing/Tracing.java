package dev.chatgateway.tracing;

import dev.chatgateway.config.GatewayConfig;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.vertx.core.Future;

/**
 * The tracer of a node and what became of its spans. The defaults are those of a node without traces: OpenTelemetry's
 * tracer that makes invalid spans. Any thread; nothing here waits.
 */
public interface Tracing {
    /** Without traces. Loads no class of OpenTelemetry's SDK. */
    Tracing OFF = new Tracing() {};

    /** What became of a sampled span. */
    enum Outcome {
        /** The collector accepted it. */
        EXPORTED,
        /** It was sent, and the collector refused it or did not answer. */
        FAILED,
        /** It was never sent, because the queue was full. */
        DROPPED
    }

    /**
     * As configured; the {@code OTEL_*} variables say the rest. Blocks while the exporter is set up. Throws {@link
     * IllegalArgumentException} if a variable has an impossible value.
     */
    static Tracing of(GatewayConfig.Tracing config) {
        return config.enabled() ? SdkTracing.start() : OFF;
    }

    /** Whether spans are made at all. */
    default boolean enabled() {
        return false;
    }

    default Tracer tracer() {
        return TracerProvider.noop().get("");
    }

    /** The number of sampled spans with that outcome since the start. */
    default long spans(Outcome outcome) {
        return 0;
    }

    /** Sends the spans that wait, for five seconds at most. Spans that end later are lost. */
    default Future<Void> close() {
        return Future.succeededFuture();
    }

    /**
     * Ends a span, as an error if there is a failure.
     *
     * @param failure a word of a closed set; empty for a success
     */
    static void end(Span span, String failure) {
        if (!failure.isEmpty()) {
            span.setAttribute("error.type", failure);
            span.setStatus(StatusCode.ERROR);
        }
        span.end();
    }
}
