/** The subscribers of a thread, from when on each of them sees messages, and whom the service has refused. */
@NullMarked
package dev.chatgateway.poll.access;

import org.jspecify.annotations.NullMarked;
