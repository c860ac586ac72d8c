package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import java.util.function.Supplier;

/** The connection that sent a request. */
public interface Caller {
    /** The current token of the connection; calls to the chat service are made with it. */
    UserToken token();

    /** Milliseconds since the request arrived. */
    default long waitedMs() {
        return 0;
    }

    /** Whether the connection is closed, so that a result has no receiver. */
    default boolean gone() {
        return false;
    }

    /** Lets later requests of the connection for the same thread start before this one has ended. */
    default void letOthersPass() {}

    /** Runs work of requests that called {@link #letOthersPass}: one at a time, in the order of these calls. */
    default <T> Future<T> inOrder(String threadId, Supplier<Future<T>> work) {
        return work.get();
    }
}
