package dev.chatgateway.cluster;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes what Vert.x reports when a message for another node can't be written, as its connection has just broken. The event
 * bus completes such a message with a failure through a promise that always answers "already completed" ({@code
 * OutboundDeliveryContext.tryFail} returns false), so it reports an {@link IllegalStateException} to the context instead.
 * The message is lost, which the counts of both nodes show; any other exception is handled as before.
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
     * @param others takes all other exceptions; null to log them
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

    /** By a promise of Vert.x: while a message is handed over, or later, when none of our code is running. */
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
