package dev.chatgateway.admin;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * What Kubernetes asks. Started: the start is over. Live: every event loop answers. Ready: live, not draining, and the
 * service's endpoint has answered anything (401 included) once since the start; a later outage of the service does not
 * make all nodes unready at once.
 */
public final class Probes {
    private static final long LOOP_ANSWER_MS = 2_000;

    private final BooleanSupplier upstreamAnswered;
    private volatile boolean started;
    private volatile boolean draining;
    private volatile List<Context> loops = List.of();

    public Probes(BooleanSupplier upstreamAnswered) {
        this.upstreamAnswered = upstreamAnswered;
    }

    /** The start is over; these are the contexts that must answer. */
    public void started(List<Context> contexts) {
        loops = List.copyOf(contexts);
        started = true;
    }

    /** The node is about to leave. */
    public void draining() {
        draining = true;
    }

    /** Completes when the node has started, else fails with the reason. */
    public Future<Void> startup() {
        return started ? Future.succeededFuture() : Future.failedFuture("starting");
    }

    /** Completes when all event loops have answered within two seconds, else fails with the reason. */
    public Future<Void> live() {
        List<Future<Void>> answers = loops.stream().map(this::answer).toList();
        return Future.all(answers).mapEmpty();
    }

    /** Completes when clients may be sent here, else fails with the reason. */
    public Future<Void> ready() {
        if (draining) {
            return Future.failedFuture("draining");
        }
        if (!upstreamAnswered.getAsBoolean()) {
            return Future.failedFuture("the chat service's endpoint has not answered yet");
        }
        return startup().compose(done -> live());
    }

    private Future<Void> answer(Context loop) {
        Promise<Void> promise = Promise.promise();
        loop.runOnContext(turn -> promise.tryComplete());
        return promise.future()
                .timeout(LOOP_ANSWER_MS, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(
                        failure instanceof TimeoutException ? "an event loop is blocked" : failure.getMessage()));
    }
}
