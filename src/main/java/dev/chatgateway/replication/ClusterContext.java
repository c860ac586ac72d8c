package dev.chatgateway.replication;

import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.upstream.quota.LocalQuota;
import dev.chatgateway.upstream.quota.QuotaShares;

/**
 * What replication needs of its node.
 *
 * @param shares this node's parts of the windows of threads
 * @param quota counts this node's calls, and those for which it gives permits to other nodes
 */
public record ClusterContext(Cluster cluster, QuotaShares shares, LocalQuota quota) {}
