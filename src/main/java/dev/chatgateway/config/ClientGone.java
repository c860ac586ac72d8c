package dev.chatgateway.config;

import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import io.vertx.ext.web.RoutingContext;

/** Requests whose client has gone away. Stateless. */
public final class ClientGone {
    private ClientGone() {}

    /**
     * A failure handler, to be mounted last. It ends the handling of a failure if the client has gone away or its body was
     * cut off at a time limit: no response can be sent, and nothing went wrong that the log should name.
     */
    public static void ignore(RoutingContext context) {
        boolean gone =
                context.failure() instanceof HttpClosedException || context.failure() instanceof StreamResetException;
        if (!gone) {
            context.next();
        }
    }
}
