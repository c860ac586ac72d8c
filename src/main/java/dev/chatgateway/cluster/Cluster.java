package dev.chatgateway.cluster;

/** A node's place among others. Both parts are used on the poller's context. */
public record Cluster(Claims claims, NodeBus bus) {}
