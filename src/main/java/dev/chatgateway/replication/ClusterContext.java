package dev.chatgateway.replication;

import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.upstream.quota.Lending;
import dev.chatgateway.upstream.quota.QuotaShares;

/**
 * The node's place in a cluster.
 *
 * @param shares which rate windows other nodes use too
 * @param account what they may borrow of
 */
public record ClusterContext(Cluster cluster, QuotaShares shares, Lending account) {}
