package dev.chatgateway.socket;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Requests of one thread one after the other, different threads side by side. Owned by one event loop. */
final class ThreadOrder {
    private final Map<String, Future<?>> tails = new HashMap<>();

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
            before.onComplete(ended -> work.get().onComplete(promise));
        }
        return mine;
    }
}
