package dev.chatgateway.poll.schedule;

import io.vertx.core.Vertx;
import java.time.Clock;

/** Real time: a clock for the time of day, timers of Vert.x. Make it on the context on which the tasks are to run. */
public final class VertxScheduler implements Scheduler {
    private final Vertx vertx;
    private final Clock clock;

    public VertxScheduler(Vertx vertx, Clock clock) {
        this.vertx = vertx;
        this.clock = clock;
    }

    @Override
    public long now() {
        return clock.millis();
    }

    @Override
    public Timer schedule(long delayMs, Runnable task) {
        long id = vertx.setTimer(Math.max(1, delayMs), fired -> task.run());
        return () -> vertx.cancelTimer(id);
    }
}
