/** A load program for any gateway: many sockets, a rate, and what came of it. Imports no other room: it is a client. */
@NullMarked
package dev.chatgateway.bench;

import org.jspecify.annotations.NullMarked;
