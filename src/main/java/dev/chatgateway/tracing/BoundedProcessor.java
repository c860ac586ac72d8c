package dev.chatgateway.tracing;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;

/** Lets the library's processor have no more spans than may wait. Any thread. */
final class BoundedProcessor implements SpanProcessor {
    private final SpanProcessor processor;
    private final SpanQueue queue;
    private final int bound;

    BoundedProcessor(SpanProcessor processor, SpanQueue queue, int bound) {
        this.processor = processor;
        this.queue = queue;
        this.bound = bound;
    }

    @Override
    public void onStart(Context parent, ReadWriteSpan span) {
        processor.onStart(parent, span);
    }

    @Override
    public boolean isStartRequired() {
        return processor.isStartRequired();
    }

    @Override
    public void onEnd(ReadableSpan span) {
        // What is not sampled is not exported either, so it would wait here for ever.
        if (span.getSpanContext().isSampled() && queue.enter(bound)) {
            processor.onEnd(span);
        }
    }

    @Override
    public boolean isEndRequired() {
        return processor.isEndRequired();
    }

    @Override
    public CompletableResultCode shutdown() {
        return processor.shutdown();
    }

    @Override
    public CompletableResultCode forceFlush() {
        return processor.forceFlush();
    }
}
