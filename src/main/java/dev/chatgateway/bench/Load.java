package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Publishes messages at a rate, or with a number in flight, and records deliveries. Owned by the connections' event loop. */
final class Load {
    private static final long TICK_MS = 1;
    /** Deliveries that take longer count as missing. */
    private static final int GRACE_SECONDS = 10;

    private final Vertx vertx;
    private final BenchOptions options;
    private final Stage stage;
    private final Crowd crowd;
    private final Outlet outlet;
    private final Tally tally = new Tally();
    private final int[] readers;
    private final Map<Long, Integer> underWay = new HashMap<>();
    private final Promise<Void> over = Promise.promise();
    private long begun;
    private long sent;
    private long counted;
    private long refused;
    private boolean ending;

    Load(Vertx vertx, BenchOptions options, Stage stage, Crowd crowd, Outlet outlet) {
        this.vertx = vertx;
        this.options = options;
        this.stage = stage;
        this.crowd = crowd;
        this.outlet = outlet;
        readers = new int[stage.threadIds().size()];
    }

    /** Runs warm-up and measurement, and waits for the messages in flight. */
    Future<BenchResult> run(List<Receiver> clients, double connectSeconds, Optional<Double> bytesPerConnection) {
        for (int i = 0; i < clients.size(); i++) {
            if (i < options.connections()) {
                crowd.threads(i).forEach(thread -> readers[thread]++);
                listen(clients.get(i));
            } else {
                clients.get(i).stall();
            }
        }
        begun = System.nanoTime();
        long from = begun + TimeUnit.SECONDS.toNanos(options.warmUpSeconds());
        long to = from + TimeUnit.SECONDS.toNanos(options.seconds());
        tally.begin(from);
        tally.end(to);
        Promise<Double> before = Promise.promise();
        vertx.setTimer(Math.max(1, options.warmUpSeconds() * 1000L), t -> before.complete(cpu()));
        Promise<Double> after = Promise.promise();
        vertx.setTimer((options.warmUpSeconds() + options.seconds()) * 1000L, t -> {
            after.complete(cpu());
            end();
        });
        vertx.setPeriodic(TICK_MS, timer -> tick(timer, to));
        return over.future().compose(v -> before.future()).compose(cpuBefore -> after.future()
                .map(cpuAfter -> result(connectSeconds, bytesPerConnection, cpuAfter - cpuBefore)));
    }

    private BenchResult result(double connectSeconds, Optional<Double> bytesPerConnection, double cpu) {
        return new BenchResult(
                options,
                connectSeconds,
                options.seconds(),
                counted,
                tally.delivered(),
                underWay.values().stream().mapToLong(Integer::longValue).sum(),
                tally.twice(),
                crowd.closed(),
                refused,
                tally.latency(),
                tally.perSecond(),
                options.pid().map(pid -> cpu),
                bytesPerConnection);
    }

    private double cpu() {
        return options.pid().flatMap(ServerCost::of).map(ServerCost::cpuSeconds).orElse(0.0);
    }

    private void listen(Receiver client) {
        Map<Integer, Tally.Reader> ofThreads = new HashMap<>();
        client.events(frame -> Stamp.in(options.protocol(), frame).ifPresent(stamp -> {
            Tally.Reader reader = ofThreads.computeIfAbsent(stamp.thread(), thread -> tally.new Reader());
            if (stamp.number() != Stamp.PROBE && reader.arrived(stamp, System.nanoTime())) {
                arrived(stamp.number());
            }
        }));
    }

    private void arrived(long number) {
        Integer left = underWay.get(number);
        if (left != null && left > 1) {
            underWay.put(number, left - 1);
            return;
        }
        underWay.remove(number);
        if (options.rate() == 0 && !ending && underWay.size() < options.window()) {
            publish(System.nanoTime());
        } else if (ending && underWay.isEmpty()) {
            over.tryComplete();
        }
    }

    /** Publishes the messages that are due now, stamped with the time that they were due. */
    private void tick(long timer, long to) {
        if (ending) {
            vertx.cancelTimer(timer);
            return;
        }
        long now = System.nanoTime();
        if (options.rate() == 0) {
            while (underWay.size() < options.window()) {
                publish(now);
            }
            return;
        }
        double apart = 1e9 / options.rate();
        for (long due = begun + (long) (sent * apart); due <= now && due < to; due = begun + (long) (sent * apart)) {
            publish(due);
        }
    }

    private void publish(long due) {
        int thread = (int) (sent % readers.length);
        Stamp stamp = new Stamp(thread, ++sent, due);
        if (due >= begun + TimeUnit.SECONDS.toNanos(options.warmUpSeconds())) {
            counted++;
        }
        if (readers[thread] > 0) {
            underWay.put(stamp.number(), readers[thread]);
        }
        outlet.publish(stage.threadIds().get(thread), stamp.text(options.size()))
                .onFailure(why -> {
                    refused++;
                    underWay.remove(stamp.number());
                });
    }

    private void end() {
        ending = true;
        if (underWay.isEmpty()) {
            over.tryComplete();
        }
        vertx.setTimer(GRACE_SECONDS * 1000L, t -> over.tryComplete());
    }
}
