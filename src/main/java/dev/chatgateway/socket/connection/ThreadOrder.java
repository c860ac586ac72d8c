package dev.chatgateway.socket.connection;

import dev.chatgateway.tracing.Tracer;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Runs tasks of one chat thread one after another, and tasks of different threads concurrently. Owned by one event
 * loop.
 */
final class ThreadOrder {
    private final Map<String, Future<Void>> tails = new HashMap<>();
    private final Tracer tracer;

    ThreadOrder(Tracer tracer) {
        this.tracer = tracer;
    }

    /**
     * Starts the task when the earlier tasks of the thread have ended or have let later ones start.
     *
     * @param task receives a runnable that lets the next task start before this one has ended
     */
    <T> Future<T> run(String threadId, Function<Runnable, Future<T>> task) {
        Future<Void> previous = tails.get(threadId);
        Promise<Void> released = Promise.promise();
        Future<Void> done = released.future();
        tails.put(threadId, done);
        done.onComplete(ended -> tails.remove(threadId, done));
        Promise<T> promise = Promise.promise();
        if (previous == null) {
            start(task, released, promise);
        } else {
            // The task starts in the completion of another request, but keeps its own trace span.
            Runnable starter = tracer.later(() -> start(task, released, promise));
            previous.onComplete(ended -> starter.run());
        }
        return promise.future();
    }

    private static <T> void start(Function<Runnable, Future<T>> task, Promise<Void> released, Promise<T> promise) {
        Future<T> result;
        try {
            result = task.apply(released::tryComplete);
        } catch (RuntimeException e) {
            result = Future.failedFuture(e);
        }
        result.onComplete(done -> {
            // The reply is written before the next request starts.
            promise.handle(done);
            released.tryComplete();
        });
    }
}
