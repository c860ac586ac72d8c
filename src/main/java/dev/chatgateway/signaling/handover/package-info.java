/** How sessions of the official client libraries move from one node of a cluster to another, with their positions. */
@NullMarked
package dev.chatgateway.signaling.handover;

import org.jspecify.annotations.NullMarked;
