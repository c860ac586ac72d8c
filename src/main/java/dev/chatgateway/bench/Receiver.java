package dev.chatgateway.bench;

import io.vertx.core.Future;
import java.util.function.Consumer;

/** One connection of the load, of either protocol. Owned by one event loop. */
interface Receiver {
    /** Sets the receiver of what the gateway pushes, each as text. */
    void events(Consumer<String> taker);

    /** Stops reading. */
    void stall();

    boolean closed();

    Future<Void> close();
}
