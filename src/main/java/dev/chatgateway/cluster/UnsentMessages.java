package dev.chatgateway.cluster;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts messages that Vert.x could not write because the connection to their node had just ended. The event bus completes
 * such a message with a failure through a promise whose {@code tryFail} always returns false ({@code SendContext}), so
 * that it reports an {@link IllegalStateException} to the context instead. The message is lost, which the numbers of both
 * nodes show. Any other exception is handled as before.
 */
final class UnsentMessages implements Handler<Throwable> {
    private static final Logger LOG = LoggerFactory.getLogger(UnsentMessages.class);
    private static final String CONNECTION = "io.vertx.core.eventbus.impl.clustered.OutboundConnection";
    private static final String PROMISE = "io.vertx.core.Promise";
    private static final String OURS = "dev.chatgateway.";

    private final Runnable unsent;
    private final @Nullable Handler<Throwable> others;

    /**
     * @param unsent run for each message that was not written
     * @param others handles all other exceptions; null to log them
     */
    UnsentMessages(Runnable unsent, @Nullable Handler<Throwable> others) {
        this.unsent = unsent;
        this.others = others;
    }

    /** Handles the exceptions of a context from now on. */
    static void watch(Context context, Runnable unsent) {
        context.exceptionHandler(new UnsentMessages(unsent, context.exceptionHandler()));
    }

    @Override
    public void handle(Throwable thrown) {
        if (unwritten(thrown)) {
            unsent.run();
            LOG.debug("a message was not written: the connection to its node has ended");
        } else if (others != null) {
            others.handle(thrown);
        } else {
            LOG.error("unhandled exception", thrown);
        }
    }

    /** Thrown by a promise of Vert.x while a message is being sent, or later, when none of our code is running. */
    private static boolean unwritten(Throwable thrown) {
        StackTraceElement[] stack = thrown.getStackTrace();
        boolean promise = thrown instanceof IllegalStateException
                && stack.length > 0
                && stack[0].getClassName().equals(PROMISE);
        return promise && (has(stack, CONNECTION) || !has(stack, OURS));
    }

    private static boolean has(StackTraceElement[] stack, String prefix) {
        return Arrays.stream(stack).anyMatch(frame -> frame.getClassName().startsWith(prefix));
    }
}
