package dev.chatgateway.event;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** What a subscriber may ask for or leave out ({@code subscribe.events}). */
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

    /** The group of that name. */
    public static Optional<EventGroup> ofToken(String token) {
        return Arrays.stream(values()).filter(g -> g.token.equals(token)).findFirst();
    }

    /** The default mask. */
    public static Set<EventGroup> all() {
        return EnumSet.allOf(EventGroup.class);
    }
}
