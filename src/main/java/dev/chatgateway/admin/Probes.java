package dev.chatgateway.admin;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The probes of Kubernetes. Started: the start is complete. Live: every event loop responds. Ready: these two hold, the node
 * is not draining, the service's endpoint has responded once since the start (with any status), and every condition that
 * {@link #require} adds holds. A later outage of the service does not make all nodes unready at once. Any thread.
 */
public final class Probes {
    private static final long LOOP_ANSWER_MS = 2_000;

    private final List<Condition> conditions = new CopyOnWriteArrayList<>();
    private volatile boolean started;
    private volatile boolean draining;
    private volatile List<Context> loops = List.of();

    public Probes(BooleanSupplier upstreamAnswered) {
        require("notDraining", () -> held(!draining, "draining"));
        require("started", this::startup);
        require(
                "serviceAnswered",
                () -> held(upstreamAnswered.getAsBoolean(), "the chat service's endpoint has not answered yet"));
        require("loopsAnswer", this::live);
    }

    /** A condition of readiness. */
    private record Condition(String name, Supplier<Future<Void>> check) {}

    /** The result of a condition's check. */
    private record Finding(String name, boolean holds, String reason) {}

    /**
     * The result of all checks.
     *
     * @param ready whether clients may be sent here
     * @param json the conditions that hold, and the others with their reasons
     */
    public record Readiness(boolean ready, JsonObject json) {}

    /**
     * Adds a condition of readiness.
     *
     * @param check succeeds while the condition holds, else fails with the reason; must complete within seconds
     */
    public void require(String name, Supplier<Future<Void>> check) {
        conditions.add(new Condition(name, check));
    }

    /** Marks the start as complete; these are the contexts that must respond. */
    public void started(List<Context> contexts) {
        loops = List.copyOf(contexts);
        started = true;
    }

    /** Marks the node as draining. */
    public void draining() {
        draining = true;
    }

    /** Succeeds if the node has started, else fails with the reason. */
    public Future<Void> startup() {
        return held(started, "starting");
    }

    /** Succeeds if all event loops respond within two seconds, else fails with the reason. */
    public Future<Void> live() {
        List<Future<Void>> answers = loops.stream().map(this::respond).toList();
        return Future.all(answers).mapEmpty();
    }

    /** Whether clients may be sent here; never fails. */
    public Future<Readiness> ready() {
        List<Future<Finding>> findings = conditions.stream().map(Probes::find).toList();
        return Future.all(findings)
                .map(done -> readiness(findings.stream().map(Future::result).toList()));
    }

    private static Future<Finding> find(Condition condition) {
        return condition
                .check()
                .get()
                .map(holds -> new Finding(condition.name(), true, ""))
                .otherwise(reason -> new Finding(condition.name(), false, String.valueOf(reason.getMessage())));
    }

    private static Readiness readiness(List<Finding> findings) {
        Stream<String> holding = findings.stream().filter(Finding::holds).map(Finding::name);
        JsonArray missing = new JsonArray();
        for (Finding finding : findings) {
            if (!finding.holds()) {
                missing.add(new JsonObject().put("condition", finding.name()).put("reason", finding.reason()));
            }
        }
        JsonObject json = new JsonObject()
                .put("ready", missing.isEmpty())
                .put("missing", missing)
                .put("holding", new JsonArray(holding.toList()));
        return new Readiness(missing.isEmpty(), json);
    }

    private static Future<Void> held(boolean holds, String reason) {
        return holds ? Future.succeededFuture() : Future.failedFuture(reason);
    }

    private Future<Void> respond(Context loop) {
        Promise<Void> promise = Promise.promise();
        loop.runOnContext(turn -> promise.tryComplete());
        return promise.future()
                .timeout(LOOP_ANSWER_MS, TimeUnit.MILLISECONDS)
                .recover(failure -> Future.failedFuture(
                        failure instanceof TimeoutException ? "an event loop is blocked" : failure.getMessage()));
    }
}
