package dev.chatgateway.upstream.quota;

import dev.chatgateway.tracing.CallerContext;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.quota.RateLimiter.Admission;
import java.util.function.Consumer;

/**
 * Admits calls. A call uses this node's part of its thread's windows first; when that is exhausted, an interactive call
 * gets a permit of the owner of the thread's quota. In a thread that this node does not watch, each interactive call needs
 * a permit of the owner. Used on event loops; answers on the caller's context, as a part of its span.
 */
public final class CallAdmission {
    private final LocalQuota quota;

    public CallAdmission(RateLimiter limiter, Timers timers) {
        quota = new LocalQuota(limiter, timers::nowMs);
    }

    /**
     * Admits or refuses a call; in the same turn, unless another node is asked.
     *
     * @param maxWaitMs how long the call may wait for its windows; 0 for background calls, which use this node's part only
     */
    public void admit(
            AdmissionRequest request,
            long maxWaitMs,
            Consumer<CallPermit> granted,
            Consumer<Admission.Refused> refused) {
        RemoteQuota remote = maxWaitMs > 0 ? quota.limiter().remote(request) : null;
        if (remote == null) {
            quota.admit(request, maxWaitMs, refused).ifPresent(granted);
        } else if (quota.limiter().shared(request)) {
            quota.admit(request, 0, full -> ask(remote, request, maxWaitMs, granted, refused))
                    .ifPresent(granted);
        } else {
            ask(remote, request, maxWaitMs, granted, refused);
        }
    }

    /** Without a permit of the owner the call may still wait for this node's part, if it has one. */
    private void ask(
            RemoteQuota remote,
            AdmissionRequest request,
            long maxWaitMs,
            Consumer<CallPermit> granted,
            Consumer<Admission.Refused> refused) {
        CallerContext caller = CallerContext.current();
        remote.request(request)
                .onSuccess(reply -> caller.schedule(() -> {
                    if (reply instanceof RemoteQuota.Reply.Granted owner) {
                        granted.accept(owner.permit());
                    } else if (reply instanceof RemoteQuota.Reply.NoPermit
                            && !quota.limiter().shared(request)) {
                        refused.accept(quota.limiter().full(request));
                    } else {
                        quota.admit(request, maxWaitMs, refused).ifPresent(granted);
                    }
                }));
    }
}
