/** The chat service as an interface and the only way to call it: client, ledger, retry, typed failures. */
@NullMarked
package dev.chatgateway.upstream;

import org.jspecify.annotations.NullMarked;
