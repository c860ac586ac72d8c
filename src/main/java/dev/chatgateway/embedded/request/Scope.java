package dev.chatgateway.embedded.request;

import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/** Scopes of an access token. */
public enum Scope {
    CHAT("chat", 3),
    CHAT_JOIN("chat.join", 2),
    CHAT_JOIN_LIMITED("chat.join.limited", 1),
    VOIP("voip", 0),
    VOIP_JOIN("voip.join", 0);

    private final String label;
    private final int rank;

    Scope(String label, int rank) {
        this.label = label;
        this.rank = rank;
    }

    public String label() {
        return label;
    }

    public static Optional<Scope> named(String label) {
        return Stream.of(values()).filter(s -> s.label.equals(label)).findFirst();
    }

    /** Whether a granted scope includes this chat scope: chat includes chat.join, which includes chat.join.limited. */
    public boolean reachedBy(Collection<Scope> granted) {
        return granted.stream().anyMatch(s -> s.rank >= rank);
    }
}
