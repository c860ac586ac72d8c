package dev.chatgateway.fanout;

import dev.chatgateway.event.Resync;
import dev.chatgateway.metrics.GatewayMetrics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs every resync, so that one place says why a subscriber was told to take fresh state. Any thread. */
public final class ResyncRecorder {
    private static final Logger LOG = LoggerFactory.getLogger(ResyncRecorder.class);

    private ResyncRecorder() {}

    /**
     * Subscribers of a thread are told to take fresh state.
     *
     * @param subscribers how many; nothing is recorded for none
     */
    public static void thread(GatewayMetrics metrics, String threadId, Resync resync, int subscribers) {
        if (subscribers > 0) {
            metrics.fanout().resync(resync, subscribers);
            LOG.debug(
                    "resync of thread {}: reason {}, cause {}, subscribers {}",
                    threadId,
                    resync.reason().token(),
                    resync.cause().token(),
                    subscribers);
        }
    }

    /** A subscriber of a user's inbox is told to take it anew. */
    public static void inbox(GatewayMetrics metrics, String userId, Resync resync) {
        metrics.fanout().resync(resync, 1);
        LOG.debug(
                "resync of the inbox of user {}: reason {}, cause {}",
                userId,
                resync.reason().token(),
                resync.cause().token());
    }
}
