package dev.chatgateway.protocol;

import dev.chatgateway.event.Position;

/** A position in a thread, as a client sends it. Bound to the thread but not to a user: it grants no access. */
public record Cursor(String threadId, Position position) {}
