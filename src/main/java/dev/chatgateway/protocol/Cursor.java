package dev.chatgateway.protocol;

import dev.chatgateway.event.Position;

/** Where a client stands in a thread. Bound to the thread, not to a user: it grants nothing. */
public record Cursor(String threadId, Position position) {}
