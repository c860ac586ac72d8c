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
        if (count == 0) {
            return Future.succeededFuture(List.of());
        }
        Run<T> run = new Run<>(count, step);
        for (int i = 0; i < Math.min(count, atOnce); i++) {
            run.next();
        }
        return run.done.future();
    }

    /** The state of one call. */
    private static final class Run<T> {
        private final int count;
        private final IntFunction<Future<T>> step;
        private final Promise<List<T>> done = Promise.promise();
        private final List<Future<T>> all = new ArrayList<>();
        private int ended;

        Run(int count, IntFunction<Future<T>> step) {
            this.count = count;
            this.step = step;
        }

        /** Steps that complete at once follow each other in a loop: a call for each would overflow the stack. */
        void next() {
            while (all.size() < count && !done.future().isComplete()) {
                Future<T> one = step.apply(all.size());
                all.add(one);
                if (!one.isComplete()) {
                    one.onComplete(result -> {
                        end(one);
                        next();
                    });
                    return;
                }
                end(one);
            }
        }

        private void end(Future<T> one) {
            if (one.failed()) {
                done.tryFail(one.cause());
            } else if (++ended == count) {
                done.tryComplete(all.stream().map(Future::result).toList());
            }
        }
    }
}
