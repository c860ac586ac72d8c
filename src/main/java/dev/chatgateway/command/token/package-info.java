/** Proofs of access tokens, and who holds them. */
@NullMarked
package dev.chatgateway.command.token;

import org.jspecify.annotations.NullMarked;
