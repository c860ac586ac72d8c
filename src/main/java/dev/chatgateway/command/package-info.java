/** Each method of the protocol as a call of the chat service. */
@NullMarked
package dev.chatgateway.command;

import org.jspecify.annotations.NullMarked;
