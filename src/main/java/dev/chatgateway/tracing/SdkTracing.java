package dev.chatgateway.tracing;

import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** OpenTelemetry's SDK as the {@code OTEL_*} variables configure it, for traces only. Any thread. */
final class SdkTracing implements Tracing {
    /** A collector that does not answer must not hold up the end of the node. */
    private static final int CLOSE_SECONDS = 5;

    /** The exporter sends with the JDK's HTTP client, which has no gRPC. */
    private static final Map<String, String> DEFAULTS =
            Map.of("otel.service.name", "chat-gateway", "otel.exporter.otlp.protocol", "http/protobuf");

    /** {@code latest}: the names of the SDK's own metrics that {@link SpanMetrics} reads. */
    private static final Map<String, String> FIXED = Map.of(
            "otel.metrics.exporter", "none",
            "otel.logs.exporter", "none",
            "otel.metrics.exemplar.filter", "always_off",
            "otel.experimental.sdk.telemetry.version", "latest");

    private final OpenTelemetrySdk sdk;
    private final SpanMetrics metrics;

    private SdkTracing(OpenTelemetrySdk sdk, SpanMetrics metrics) {
        this.sdk = sdk;
        this.metrics = metrics;
    }

    static Tracing start() {
        SpanMetrics metrics = new SpanMetrics();
        try {
            OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                    .disableShutdownHook()
                    .addPropertiesSupplier(() -> DEFAULTS)
                    .addPropertiesCustomizer(properties -> FIXED)
                    .addMeterProviderCustomizer((meters, properties) -> meters.registerMetricReader(metrics))
                    .build()
                    .getOpenTelemetrySdk();
            return new SdkTracing(sdk, metrics);
        } catch (ConfigurationException | IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "tracing: " + e.getMessage() + " (expected: OTEL_* variables that fit)", e);
        }
    }

    @Override
    public boolean enabled() {
        return true;
    }

    @Override
    public Tracer tracer() {
        return sdk.getTracer("dev.chatgateway");
    }

    @Override
    public long spans(Outcome outcome) {
        return metrics.spans(outcome);
    }

    @Override
    public Future<Void> close() {
        Promise<Void> closed = Promise.promise();
        sdk.shutdown().whenComplete(closed::tryComplete);
        return closed.future().timeout(CLOSE_SECONDS, TimeUnit.SECONDS).otherwiseEmpty();
    }
}
