package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;

/** Who sent a request: the connection, as the commands see it. */
public interface Caller {
    /** The token that the connection holds now; calls of the chat service are made with it. */
    UserToken token();
}
