package dev.chatgateway.event;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.shareddata.LocalMap;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Carries {@link ThreadUpdate}s from the poller to the hub of each event loop, over the Vert.x event bus and within the node.
 * Each event loop has one consumer and a limit of updates in flight, so that an overloaded event loop delays neither the
 * others nor the poller, and its memory does not grow. All instances for one Vert.x share their state.
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

    /** The consumer of one event loop. */
    public interface End {
        /** Completes when updates arrive. */
        Future<Void> opened();

        /** Stops the consumer. */
        Future<Void> close();
    }

    /**
     * Sends an update to all event loops. Always call it on the same context, so that the updates of a thread keep their
     * order.
     *
     * @param bound updates in flight to one event loop at most
     * @param overflow run for each event loop that does not get the update because of the limit
     */
    public void publish(ThreadUpdate update, int bound, Runnable overflow) {
        for (UpdateLane lane : lanes.values()) {
            if (lane.tryAdd(update, bound)) {
                vertx.eventBus().send(lane.address(), update, options);
            } else {
                overflow.run();
                lane.controlOf(update).ifPresent(control -> vertx.eventBus().send(lane.address(), control, options));
            }
        }
    }

    /**
     * Starts a consumer on the calling context.
     *
     * @param missed called with the id of a thread of which updates were dropped, after the updates before them
     */
    public End open(Consumer<ThreadUpdate> updates, Consumer<String> missed) {
        UpdateLane lane = new UpdateLane(NAME + "." + UUID.randomUUID());
        MessageConsumer<ThreadUpdate> consumer = vertx.eventBus().localConsumer(lane.address(), message -> {
            try {
                updates.accept(message.body());
            } finally {
                lane.remove().forEach(missed);
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
