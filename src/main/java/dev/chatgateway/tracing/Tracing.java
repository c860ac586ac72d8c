package dev.chatgateway.tracing;

import dev.chatgateway.config.GatewayConfig;

/** Makes the tracer that the configuration asks for. */
public final class Tracing {
    private Tracing() {}

    /** As configured; the usual {@code OTEL_*} variables say the rest. Blocks while the exporter is set up. */
    public static Tracer of(GatewayConfig.Tracing config) {
        return config.enabled() ? OtelTracer.start() : Tracer.NONE;
    }
}
