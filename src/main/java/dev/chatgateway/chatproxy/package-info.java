/** Forwards the REST API of the chat service below /chat. */
@NullMarked
package dev.chatgateway.chatproxy;

import org.jspecify.annotations.NullMarked;
