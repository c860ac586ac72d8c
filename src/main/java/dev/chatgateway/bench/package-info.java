/** A load generator for any gateway: many sockets, a message rate, a report. Imports no other package, as it is a client. */
@NullMarked
package dev.chatgateway.bench;

import org.jspecify.annotations.NullMarked;
