package dev.chatgateway.replication;

import dev.chatgateway.cluster.Lease;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** This node's part in a thread that it watches. */
sealed interface Role {
    /** The engine is being asked who reads the thread. */
    record Asking() implements Role {}

    /** This node reads it, and tells others. */
    final class Own implements Role {
        final Lease claim;
        private final Map<String, Interested> nodes = new HashMap<>();
        private Set<EventGroup> wanted = Set.of();
        /** The last one that all of them know. */
        @Nullable
        Roster told;
        /** The same. */
        @Nullable
        ThreadProperties toldProperties;

        /** There is nothing to hand over. */
        boolean deleted;

        Own(Lease claim) {
            this.claim = claim;
        }

        private record Interested(Set<EventGroup> groups, long saidMs) {}

        /** The same nodes follow as before. */
        void like(Own before) {
            nodes.putAll(before.nodes);
            wanted = before.wanted;
        }

        /** A node follows; whether it did not before. */
        boolean interested(String node, Set<EventGroup> groups, long now) {
            boolean fresh = nodes.put(node, new Interested(groups, now)) == null;
            count();
            return fresh;
        }

        /** A node still follows; false if it did not. */
        boolean renewed(String node, long now) {
            return nodes.computeIfPresent(node, (name, known) -> new Interested(known.groups, now)) != null;
        }

        /** A node follows no more; false if it did not. */
        boolean forget(String node) {
            boolean gone = nodes.remove(node) != null;
            count();
            return gone;
        }

        /** Those who have said nothing for so long follow no more; whether there were any. */
        boolean forgetBefore(long ms) {
            boolean gone = nodes.values().removeIf(interested -> interested.saidMs < ms);
            if (gone) {
                count();
            }
            return gone;
        }

        /** Who follows now. */
        List<String> followers() {
            return List.copyOf(nodes.keySet());
        }

        boolean followed() {
            return !nodes.isEmpty();
        }

        int users() {
            return nodes.size() + 1;
        }

        /** What any of them wants. */
        Set<EventGroup> wanted() {
            return wanted;
        }

        private void count() {
            Set<EventGroup> groups = EnumSet.noneOf(EventGroup.class);
            nodes.values().forEach(interested -> groups.addAll(interested.groups));
            wanted = Set.copyOf(groups);
        }
    }

    /** Another node reads it. */
    final class Following implements Role {
        final Lease claim;
        long askedMs;
        /** What the reader was told that is wanted here. */
        Set<EventGroup> wanted = Set.of();
        /** The node of the claim has said that it does not read the thread. */
        boolean refused;
        /** From when on the reader knows messages, epoch milliseconds: who sees further back is not served by it. */
        long reach;
        /** What the reader was told of {@code reach} here. */
        long neededReach = Long.MAX_VALUE;
        /** What the leader had used of the thread's windows when it handed the thread over, 0 to 1; 1 if it has not. */
        double used = 1;

        Following(Lease claim) {
            this.claim = claim;
        }
    }
}
