package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Waits until sessions receive every thread: nothing on the wire says when they have subscribed, and what is published
 * without the chat service before that is lost. Owned by the connections' event loop.
 */
final class Probe {
    private static final long APART_MS = 1_000;
    private static final int MOST = 120;

    private final Vertx vertx;
    private final Stage stage;
    private final Outlet outlet;
    private final Promise<Void> done = Promise.promise();
    private long missing;
    private int sent;

    Probe(Vertx vertx, Stage stage, Outlet outlet) {
        this.vertx = vertx;
        this.stage = stage;
        this.outlet = outlet;
    }

    /** Publishes to each thread, again and again, until each receiver has got each thread. */
    Future<Void> run(List<Receiver> receivers) {
        for (Receiver receiver : receivers) {
            Set<Integer> seen = new HashSet<>();
            missing += stage.threadIds().size();
            receiver.events(frame -> Stamp.in(Protocol.SIGNALING, frame).ifPresent(stamp -> {
                if (seen.add(stamp.thread()) && --missing == 0) {
                    done.tryComplete();
                }
            }));
        }
        publish();
        long timer = vertx.setPeriodic(APART_MS, fired -> publish());
        return done.future().onComplete(result -> vertx.cancelTimer(timer));
    }

    private void publish() {
        if (++sent > MOST) {
            done.tryFail(missing + " threads of sessions receive nothing (expected: users who are in all threads)");
            return;
        }
        for (int i = 0; i < stage.threadIds().size(); i++) {
            outlet.publish(stage.threadIds().get(i), new Stamp(i, Stamp.PROBE, 0).text(0));
        }
    }
}
