package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** Runs asynchronous steps with a limited concurrency. */
final class Steps {
    private Steps() {}

    /** Returns the results in order; fails with the first failure. Runs on the caller's context. */
    static <T> Future<List<T>> run(int count, int atOnce, IntFunction<Future<T>> step) {
        Promise<List<T>> done = Promise.promise();
        List<Future<T>> all = new ArrayList<>();
        Runnable[] next = new Runnable[1];
        int[] ended = new int[1];
        next[0] = () -> {
            if (all.size() == count || done.future().isComplete()) {
                return;
            }
            Future<T> one = step.apply(all.size());
            all.add(one);
            one.onComplete(result -> {
                if (result.failed()) {
                    done.tryFail(result.cause());
                } else if (++ended[0] == count) {
                    done.tryComplete(all.stream().map(Future::result).toList());
                } else {
                    next[0].run();
                }
            });
        };
        if (count == 0) {
            return Future.succeededFuture(List.of());
        }
        for (int i = 0; i < Math.min(count, atOnce); i++) {
            next[0].run();
        }
        return done.future();
    }
}
