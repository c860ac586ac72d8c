package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A rate limiter and its clock. Any thread.
 *
 * @param nowMs monotonic milliseconds
 */
public record LocalQuota(RateLimiter limiter, LongSupplier nowMs) {
    /** Admits a call, or passes the reason for a refusal to {@code refused}. */
    public Optional<CallPermit> admit(AdmissionRequest request, long maxWaitMs, Consumer<Admission.Refused> refused) {
        Admission admission = limiter.admit(request, nowMs.getAsLong(), maxWaitMs);
        if (admission instanceof Admission.Refused full) {
            refused.accept(full);
            return Optional.empty();
        }
        Admission.Granted granted = (Admission.Granted) admission;
        return Optional.of(new CallPermit(
                granted.waitMs(),
                end -> limiter.end(granted.permit(), end, nowMs.getAsLong()),
                () -> limiter.strikes(granted.permit())));
    }

    /** The largest share of any window of a thread, or of some users in it, that this node has used, 0 to 1. */
    public double used(String threadId, Collection<String> users) {
        return limiter.used(threadId, users, nowMs.getAsLong());
    }
}
