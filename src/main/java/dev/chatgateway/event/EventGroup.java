package dev.chatgateway.event;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** Groups of events that a client selects in the parameter {@code events} of {@code subscribe}. */
public enum EventGroup {
    MESSAGES("messages"),
    EDITS("edits"),
    RECEIPTS("receipts"),
    TYPING("typing"),
    PARTICIPANTS("participants"),
    PROPERTIES("properties");

    private final String token;

    EventGroup(String token) {
        this.token = token;
    }

    /** The name in the protocol. */
    public String token() {
        return token;
    }

    /** The group with that name in the protocol; empty for an unknown name. */
    public static Optional<EventGroup> ofToken(String token) {
        return Arrays.stream(values()).filter(g -> g.token.equals(token)).findFirst();
    }

    /** All groups, the default of a subscription. */
    public static Set<EventGroup> all() {
        return EnumSet.allOf(EventGroup.class);
    }
}
