/** Members, leases and messages of a cluster; the only package that uses Hazelcast. */
@NullMarked
package dev.chatgateway.cluster;

import org.jspecify.annotations.NullMarked;
