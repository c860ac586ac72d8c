package dev.chatgateway.event;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.shareddata.LocalMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * The way of {@link ThreadUpdate}s from the poller to the hub of each event loop, over the event bus and local to the
 * node. One consumer per loop, and a bound on the updates in flight to each: a loop that can't keep up holds neither the
 * others nor the poller back, and its memory does not grow. All buses of one Vert.x are the same one.
 */
public final class UpdateBus {
    private static final String NAME = "chatgateway.updates";

    private final Vertx vertx;
    private final DeliveryOptions options;
    private final LocalMap<String, UpdateLane> lanes;

    public UpdateBus(Vertx vertx) {
        this.vertx = vertx;
        lanes = vertx.sharedData().getLocalMap(NAME);
        options = LocalCodec.options(vertx.eventBus(), NAME);
    }

    /** A loop's end of the bus. */
    public interface End {
        /** Done when updates arrive. */
        Future<Void> opened();

        /** No more updates. */
        Future<Void> close();
    }

    /**
     * Sends an update to all loops. Call it on one context, so that the updates of a thread keep their order.
     *
     * @param bound updates in flight to one loop at most
     * @param overflow run for each loop that does not get the update because of it
     */
    public void publish(ThreadUpdate update, int bound, Runnable overflow) {
        for (UpdateLane lane : lanes.values()) {
            if (lane.enter(update, bound)) {
                vertx.eventBus().send(lane.address(), update, options);
            } else {
                overflow.run();
                lane.instead(update).ifPresent(control -> vertx.eventBus().send(lane.address(), control, options));
            }
        }
    }

    /**
     * Takes updates on the calling context from now on.
     *
     * @param missed told of a thread whose updates had to be dropped, once those before them have arrived
     */
    public End open(Consumer<ThreadUpdate> updates, Consumer<String> missed) {
        UpdateLane lane = new UpdateLane(NAME + "." + UUID.randomUUID());
        MessageConsumer<ThreadUpdate> consumer = vertx.eventBus().localConsumer(lane.address(), message -> {
            try {
                updates.accept(message.body());
            } finally {
                lane.leave().forEach(missed);
            }
        });
        lanes.put(lane.address(), lane);
        return new End() {
            @Override
            public Future<Void> opened() {
                return consumer.completion();
            }

            @Override
            public Future<Void> close() {
                lanes.remove(lane.address());
                return consumer.unregister();
            }
        };
    }
}
