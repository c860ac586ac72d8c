package dev.chatgateway.socket;

import dev.chatgateway.fanout.Hub;
import dev.chatgateway.socket.connection.ConnectionSlot;
import dev.chatgateway.socket.transport.Transport;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/** A second protocol on the sockets of one event loop, over the same hub. Called on the loop's context only. */
public interface SocketProtocol {
    /** Creates the protocol's part of one event loop, on the loop's context. */
    @FunctionalInterface
    interface Factory {
        SocketProtocol create(Vertx vertx, Context context, Hub hub);
    }

    /** Accepts a socket after its upgrade. */
    @FunctionalInterface
    interface Opening {
        /** Must call {@link Transport#open} in this turn, and release the slot when the socket is closed. */
        void open(Transport transport, ConnectionSlot slot);
    }

    /** Adds routes before all others. */
    void mount(Router router);

    /** Begins to receive updates. */
    Future<Void> start();

    /** Returns the receiver of the upgraded socket; null if the request does not belong to this protocol. */
    @Nullable
    Opening upgrade(HttpServerRequest request);

    /** Accepts no new sessions from now on. */
    void refuse();

    /**
     * Asks all clients to reconnect, each at its own time within the window. Call {@link #refuse} before.
     *
     * @return completes when no client is connected any more, at the latest at the end of the window
     */
    Future<Void> drain(long windowMs);

    /** Closes every socket and ends all subscriptions. */
    Future<Void> close();
}
