package dev.chatgateway.poll;

import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.replication.ClusterContext;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.quota.Lending;
import dev.chatgateway.upstream.quota.QuotaShares;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import java.util.function.LongSupplier;

/** A node's account of the published windows, and which of them other nodes use too. */
public record Accounts(RateLimiter ledger, QuotaShares shares, LongSupplier millis) {
    public static Accounts of(LongSupplier millis) {
        QuotaShares shares = new QuotaShares(millis);
        return new Accounts(new RateLimiter(RateWindows.published(), 200, shares), shares, millis);
    }

    public ClusterContext place(Cluster cluster) {
        return new ClusterContext(cluster, shares, new Lending(ledger, millis));
    }

    /** Makes a call, if the node's own part has room for it now. */
    public boolean pays(ChatCall call) {
        if (ledger.admit(call, millis.getAsLong(), 0) instanceof RateLimiter.Admission.Granted granted) {
            ledger.settled(granted.permit(), true, millis.getAsLong());
            return true;
        }
        return false;
    }
}
