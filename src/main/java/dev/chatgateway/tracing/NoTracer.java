package dev.chatgateway.tracing;

import io.vertx.core.Future;
import java.util.List;
import java.util.function.Supplier;

/** No traces: nothing is made, nothing is remembered. */
final class NoTracer implements Tracer {
    private static final Span NOTHING = new Nothing();

    private final SpanCounts counts = new SpanCounts();

    @Override
    public boolean enabled() {
        return false;
    }

    @Override
    public Runnable later(Runnable task) {
        return current().later(task);
    }

    @Override
    public Span current() {
        return NOTHING;
    }

    @Override
    public Span command(String method) {
        return NOTHING;
    }

    @Override
    public Span poll(String name, List<String> causes) {
        return NOTHING;
    }

    @Override
    public SpanCounts counts() {
        return counts;
    }

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    private static final class Nothing implements Span {
        @Override
        public Span call(String name) {
            return this;
        }

        @Override
        public Span note(String key, String value) {
            return this;
        }

        @Override
        public Span note(String key, long value) {
            return this;
        }

        @Override
        public void end(String failure) {
            // There is nothing to end.
        }

        @Override
        public void run(Runnable task) {
            task.run();
        }

        @Override
        public Runnable later(Runnable task) {
            return task;
        }

        @Override
        public <T> T get(Supplier<T> task) {
            return task.get();
        }

        @Override
        public String traceId() {
            return "";
        }

        @Override
        public String spanId() {
            return "";
        }

        @Override
        public boolean sampled() {
            return false;
        }

        @Override
        public String traceparent() {
            return "";
        }
    }
}
