package dev.chatgateway.tracing;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts what the exporter sends; says when the collector can't be had, and when it is back. On the exporter's threads. */
final class CountedExporter implements SpanExporter {
    private static final Logger LOG = LoggerFactory.getLogger(CountedExporter.class);

    private final SpanExporter exporter;
    private final SpanQueue queue;
    private final AtomicBoolean failing = new AtomicBoolean();

    CountedExporter(SpanExporter exporter, SpanQueue queue) {
        this.exporter = exporter;
        this.queue = queue;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        int sent = spans.size();
        queue.leave(sent);
        CompletableResultCode result = exporter.export(spans);
        return result.whenComplete(() -> ended(result, sent));
    }

    private void ended(CompletableResultCode result, int spans) {
        boolean well = result.isSuccess();
        queue.counts().sent(well, spans);
        if (failing.compareAndSet(well, !well)) {
            if (well) {
                LOG.info("the collector takes spans again");
            } else {
                Throwable cause = result.getFailureThrowable();
                LOG.warn("the collector takes no spans: {}", cause == null ? "no reason given" : cause.getMessage());
            }
        }
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }
}
