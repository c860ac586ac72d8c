/** The chat service as an interface: calls, answers, failures, retries. */
@NullMarked
package dev.chatgateway.upstream;

import org.jspecify.annotations.NullMarked;
