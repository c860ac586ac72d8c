package dev.chatgateway.socket;

import dev.chatgateway.fanout.Hub;
import dev.chatgateway.socket.connection.NodePlace;
import dev.chatgateway.socket.transport.Transport;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/** A second protocol on the sockets of one event loop, over the same hub. Called on the loop's context only. */
public interface SocketProtocol {
    /** Makes the protocol's part of one event loop, on the loop's context. */
    @FunctionalInterface
    interface Factory {
        SocketProtocol of(Vertx vertx, Context context, Hub hub);
    }

    /** Takes a socket over after its upgrade. */
    @FunctionalInterface
    interface Opening {
        /** Call {@link Transport#open} in this turn; the place is given back when the socket has ended. */
        void open(Transport transport, NodePlace place);
    }

    /** Adds routes before all others. */
    void mount(Router router);

    /** Begins to receive updates. */
    Future<Void> start();

    /** What takes the socket of an upgrade request over; null when the request is not one of this protocol. */
    @Nullable
    Opening upgrade(HttpServerRequest request);

    /** Accepts no new sessions from now on. */
    void refuse();

    /**
     * After {@link #refuse}: asks all clients to reconnect, each at its own moment of the window.
     *
     * @return done when no client is connected any more, at the latest at the end of the window
     */
    Future<Void> drain(long windowMs);

    /** Closes every socket and ends all subscriptions. */
    Future<Void> close();
}
