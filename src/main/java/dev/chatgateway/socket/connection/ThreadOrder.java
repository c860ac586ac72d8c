package dev.chatgateway.socket.connection;

import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/** RpcRequests of one thread one after the other, different threads side by side. Owned by one event loop. */
final class ThreadOrder {
    private final Map<String, Future<Void>> tails = new HashMap<>();

    /**
     * Starts the work once the thread's earlier work has ended, well or not.
     *
     * @param work gets a task that lets the thread's later work begin before this work ends
     */
    <T> Future<T> after(String threadId, Function<Runnable, Future<T>> work) {
        Future<Void> before = tails.get(threadId);
        Promise<Void> turn = Promise.promise();
        Future<Void> over = turn.future();
        tails.put(threadId, over);
        over.onComplete(ended -> tails.remove(threadId, over));
        Promise<T> promise = Promise.promise();
        if (before == null) {
            run(work, turn, promise);
        } else {
            // Begun at the end of another request, the work is a part of its own all the same.
            Runnable begin = Context.current().wrap(() -> run(work, turn, promise));
            before.onComplete(ended -> begin.run());
        }
        return promise.future();
    }

    private static <T> void run(Function<Runnable, Future<T>> work, Promise<Void> turn, Promise<T> promise) {
        Future<T> result;
        try {
            result = work.apply(turn::tryComplete);
        } catch (RuntimeException e) {
            result = Future.failedFuture(e);
        }
        result.onComplete(done -> {
            // The answer goes out before the next request begins.
            promise.handle(done);
            turn.tryComplete();
        });
    }
}
