/** Leader and followers of a thread in a cluster: leases, state transfer, hand-over, remote permits. */
@NullMarked
package dev.chatgateway.replication;

import org.jspecify.annotations.NullMarked;
