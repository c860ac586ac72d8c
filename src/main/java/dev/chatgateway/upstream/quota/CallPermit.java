package dev.chatgateway.upstream.quota;

import java.util.function.Consumer;
import java.util.function.IntSupplier;

/**
 * The permission to send one call.
 *
 * @param waitMs when the call may be sent, in milliseconds from now
 * @param whenEnded accepts exactly one end of the call, on any thread
 * @param strikes number of consecutive 429s, as far as this node knows
 */
public record CallPermit(long waitMs, Consumer<CallEnd> whenEnded, IntSupplier strikes) {
    /** Reports how the call ended. */
    public void end(CallEnd end) {
        whenEnded.accept(end);
    }
}
