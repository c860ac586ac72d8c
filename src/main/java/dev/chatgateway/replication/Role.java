package dev.chatgateway.replication;

import dev.chatgateway.cluster.Lease;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ThreadProperties;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** This node's part in a thread that it watches. */
sealed interface Role {
    /** The lease of the thread is being taken. */
    record Candidate() implements Role {}

    /** This node has the lease: it polls the thread and replicates what it finds. */
    final class Leader implements Role {
        final Lease lease;
        private final Map<String, Follow> nodes = new HashMap<>();
        private Set<EventGroup> groups = Set.of();
        /**
         * The participants of the last update that was sent. Null before the first update: they are sent with it, even if
         * the state that a follower has requested names them already.
         */
        @Nullable
        Map<String, Participant> sentMembers;

        Instant sentMembersReadAt = Instant.EPOCH;
        /** The properties of the last update that was sent. Null before the first update, as {@link #sentMembers}. */
        @Nullable
        ThreadProperties sentProperties;
        /** The thread was deleted: there is nothing to hand over. */
        boolean deleted;

        Leader(Lease lease) {
            this.lease = lease;
        }

        /** One follower: the event groups that its subscribers want, and when it was heard last. */
        private record Follow(Set<EventGroup> groups, long heardMs) {}

        /** Takes over the followers of the same thread under an earlier lease. */
        void keepFollowersOf(Leader before) {
            nodes.putAll(before.nodes);
            groups = before.groups;
        }

        /** A node follows from now on, or wants other groups; true if it did not follow before. */
        boolean addFollower(String node, Set<EventGroup> wanted, long now) {
            boolean added = nodes.put(node, new Follow(wanted, now)) == null;
            updateGroups();
            return added;
        }

        /** A node still follows; false if it is not known as a follower. */
        boolean renewFollower(String node, long now) {
            return nodes.computeIfPresent(node, (name, known) -> new Follow(known.groups, now)) != null;
        }

        /** A node follows no more; false if it did not. */
        boolean removeFollower(String node) {
            boolean removed = nodes.remove(node) != null;
            updateGroups();
            return removed;
        }

        /** Removes followers that were not heard since that time; whether there were any. */
        boolean removeFollowersNotHeardSince(long ms) {
            boolean removed = nodes.values().removeIf(follow -> follow.heardMs < ms);
            if (removed) {
                updateGroups();
            }
            return removed;
        }

        List<String> followers() {
            return List.copyOf(nodes.keySet());
        }

        boolean hasFollowers() {
            return !nodes.isEmpty();
        }

        /** Nodes that watch the thread, this one included. */
        int nodes() {
            return nodes.size() + 1;
        }

        /** The event groups that subscribers on followers want. */
        Set<EventGroup> groups() {
            return groups;
        }

        private void updateGroups() {
            Set<EventGroup> all = EnumSet.noneOf(EventGroup.class);
            nodes.values().forEach(follow -> all.addAll(follow.groups));
            groups = Set.copyOf(all);
        }
    }

    /** Another node has the lease. */
    final class Follower implements Role {
        final Lease lease;
        /** When the leader's state was last requested. */
        long requestedMs;
        /** The event groups that the last request named. */
        Set<EventGroup> requestedGroups = Set.of();
        /** The earliest time from which on a subscriber here sees messages, as the last request named it. */
        long requestedReach = Long.MAX_VALUE;
        /** The node of the lease has said that it does not lead the thread. */
        boolean denied;
        /**
         * From when on the leader knows messages, epoch milliseconds; a lower number reaches further back. The leader
         * serves nobody who sees further back.
         */
        long leaderReach;
        /** What the leader had used of the thread's windows, 0 to 1, when it handed the thread over; 1 until then. */
        double used = 1;

        Follower(Lease lease) {
            this.lease = lease;
        }
    }
}
