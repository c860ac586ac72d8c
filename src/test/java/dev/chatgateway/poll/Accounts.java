package dev.chatgateway.poll;

import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.replication.ClusterContext;
import dev.chatgateway.upstream.quota.LocalQuota;
import dev.chatgateway.upstream.quota.QuotaShares;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import java.util.function.LongSupplier;

/** A node's count of the published windows, and its part of them. */
public record Accounts(LocalQuota quota, QuotaShares shares) {
    public static Accounts of(LongSupplier millis) {
        QuotaShares shares = new QuotaShares(millis);
        return new Accounts(new LocalQuota(new RateLimiter(RateWindows.published(), 200, shares), millis), shares);
    }

    public ClusterContext place(Cluster cluster) {
        return new ClusterContext(cluster, shares, quota);
    }
}
