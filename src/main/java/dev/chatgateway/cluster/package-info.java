/** Who polls which thread, and the only room that will know the cluster engine. */
@NullMarked
package dev.chatgateway.cluster;

import org.jspecify.annotations.NullMarked;
