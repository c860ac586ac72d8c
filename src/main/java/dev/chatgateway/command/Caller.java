package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import java.util.function.Supplier;

/** Who sent a request: the connection, as the commands see it. */
public interface Caller {
    /** The token that the connection holds now; calls of the chat service are made with it. */
    UserToken token();

    /** How long ago the request came, in milliseconds. */
    default long waitedMs() {
        return 0;
    }

    /** Whether the connection is closed, so that nobody gets the answer. */
    default boolean gone() {
        return false;
    }

    /** Lets the connection's later requests for the same thread begin before this one has ended. */
    default void letOthersPass() {}

    /** Runs work of requests that have let others pass, one after the other in the order of these calls. */
    default <T> Future<T> inOrder(String threadId, Supplier<Future<T>> work) {
        return work.get();
    }
}
