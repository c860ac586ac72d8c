package dev.chatgateway.poll;

import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.upstream.Lending;
import dev.chatgateway.upstream.ThreadShares;

/**
 * The node's place in a cluster.
 *
 * @param shares which rate windows other nodes use too
 * @param account what they may borrow of
 */
public record Place(Cluster cluster, ThreadShares shares, Lending account) {}
