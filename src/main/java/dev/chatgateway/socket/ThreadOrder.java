package dev.chatgateway.socket;

import dev.chatgateway.tracing.Tracer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Requests of one thread one after the other, different threads side by side. Owned by one event loop. */
final class ThreadOrder {
    private final Map<String, Future<?>> tails = new HashMap<>();
    private final Tracer tracer;

    ThreadOrder(Tracer tracer) {
        this.tracer = tracer;
    }

    /** Starts the work once the thread's earlier work has ended, well or not. */
    <T> Future<T> after(String threadId, Supplier<Future<T>> work) {
        Future<?> before = tails.get(threadId);
        Promise<T> promise = Promise.promise();
        Future<T> mine = promise.future();
        tails.put(threadId, mine);
        mine.onComplete(ended -> tails.remove(threadId, mine));
        if (before == null) {
            work.get().onComplete(promise);
        } else {
            // Begun at the end of another request, the work is a part of its own all the same.
            Runnable begin = tracer.later(() -> work.get().onComplete(promise));
            before.onComplete(ended -> begin.run());
        }
        return mine;
    }
}
