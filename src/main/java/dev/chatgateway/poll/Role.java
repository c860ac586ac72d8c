package dev.chatgateway.poll;

import dev.chatgateway.cluster.Claim;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Roster;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** This node's part in a thread that it watches. */
sealed interface Role {
    /** The engine is being asked who reads the thread. */
    record Asking() implements Role {}

    /** This node reads it, and tells others. */
    final class Own implements Role {
        final Claim claim;
        /** The nodes that are told, and when they last said that they follow. */
        final Map<String, Interested> nodes = new HashMap<>();
        /** The last one that all of them know. */
        @Nullable
        Roster told;

        Own(Claim claim) {
            this.claim = claim;
        }

        record Interested(Set<EventGroup> groups, long saidMs) {}
    }

    /** Another node reads it. */
    final class Following implements Role {
        final Claim claim;
        long askedMs;
        boolean answered;

        Following(Claim claim, long askedMs) {
            this.claim = claim;
            this.askedMs = askedMs;
        }
    }
}
