package dev.chatgateway.tracing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * Where a call came from: the Vert.x context and the span that were current then. Brings results that another context
 * produces back to it. Any thread.
 */
public final class CallerContext {
    private final @Nullable Context vertx;
    private final io.opentelemetry.context.Context trace = io.opentelemetry.context.Context.current();

    private CallerContext(@Nullable Context vertx) {
        this.vertx = vertx;
    }

    /** The running context, or a new one where none runs. */
    public static CallerContext of(Vertx vertx) {
        return new CallerContext(vertx.getOrCreateContext());
    }

    /** The running context; where none runs, as in virtual time, tasks run at once on the thread that schedules them. */
    public static CallerContext current() {
        return new CallerContext(Vertx.currentContext());
    }

    /** Runs a task at once where the caller's context runs already, else soon on that context. */
    public void execute(Runnable task) {
        if (vertx == Vertx.currentContext()) {
            wrap(task).run();
        } else {
            schedule(task);
        }
    }

    /** Runs a task soon on the caller's context, in its span. */
    public void schedule(Runnable task) {
        Runnable traced = wrap(task);
        if (vertx == null) {
            traced.run();
        } else {
            vertx.runOnContext(turn -> traced.run());
        }
    }

    /** The same task, in the caller's span on whichever thread runs it. */
    public Runnable wrap(Runnable task) {
        return trace.wrap(task);
    }

    /** The same result, completed on the caller's context and in its span. The future itself is bound to no context. */
    public <T> Future<T> complete(Future<T> result) {
        Promise<T> promise = Promise.promise();
        result.onComplete(done -> schedule(() -> promise.handle(done)));
        return promise.future();
    }
}
