package dev.chatgateway.tracing;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import java.util.Map;

/**
 * OpenTelemetry as the {@code OTEL_*} variables configure it, for traces only, and with a count of what is lost.
 *
 * @param silence keeps the library's own logger still; the exporter here says what goes wrong
 */
record Exporting(OpenTelemetrySdk sdk, SpanCounts counts, LibraryLog silence) {
    /** The sender is the JDK's client, which has no gRPC. */
    private static final Map<String, String> DEFAULTS =
            Map.of("otel.service.name", "chat-gateway", "otel.exporter.otlp.protocol", "http/protobuf");

    private static final Map<String, String> TRACES_ONLY =
            Map.of("otel.metrics.exporter", "none", "otel.logs.exporter", "none");

    private static final String QUEUE = "otel.bsp.max.queue.size";
    private static final int QUEUE_DEFAULT = 2048;

    static Exporting start() {
        LibraryLog silence = LibraryLog.silent();
        SpanCounts counts = new SpanCounts();
        SpanQueue queue = new SpanQueue(counts);
        try {
            OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                    .disableShutdownHook()
                    .addPropertiesSupplier(() -> DEFAULTS)
                    .addPropertiesCustomizer(properties -> TRACES_ONLY)
                    .addSpanExporterCustomizer((exporter, properties) -> new CountedExporter(exporter, queue))
                    .addSpanProcessorCustomizer(
                            (processor, properties) -> new BoundedProcessor(processor, queue, bound(properties)))
                    .build()
                    .getOpenTelemetrySdk();
            return new Exporting(sdk, counts, silence);
        } catch (ConfigurationException | IllegalArgumentException e) {
            silence.close();
            throw new IllegalArgumentException(
                    "tracing: " + e.getMessage() + " (expected: OTEL_* variables that fit)", e);
        }
    }

    private static int bound(ConfigProperties properties) {
        return properties.getInt(QUEUE, QUEUE_DEFAULT);
    }
}
