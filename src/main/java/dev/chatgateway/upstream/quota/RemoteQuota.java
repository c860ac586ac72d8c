package dev.chatgateway.upstream.quota;

import io.vertx.core.Future;

/** Permits of the nodes that own the quota of threads. */
public interface RemoteQuota {
    /** Asks the owner of the thread's quota to admit a call. Any thread; completes on any, within half a second; never fails. */
    Future<Reply> request(AdmissionRequest request);

    /** What the owner answers. */
    sealed interface Reply {
        /** The owner counts the call. */
        record Granted(CallPermit permit) implements Reply {}

        /** The windows at the owner are full, or it does not answer. */
        record NoPermit() implements Reply {}

        /** This node is the owner. */
        record OwnedHere() implements Reply {}
    }
}
