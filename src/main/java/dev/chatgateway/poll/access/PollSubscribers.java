package dev.chatgateway.poll.access;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Roster;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The proven subscribers of a thread. Their tokens are used in turn; those of the last one to leave stay for the linger
 * time, so that a reload costs nothing.
 */
public final class PollSubscribers {
    /** Small at first: most threads have one subscriber or two. */
    private final Map<String, PollSubscriber> present = new LinkedHashMap<>(1);

    private Set<String> paused = Collections.emptySet();
    private @Nullable PollSubscriber last;

    /** Adds a proven subscriber, or puts it in the place of the one with its id. */
    public void add(PollSubscriber watcher) {
        present.put(watcher.id(), watcher);
        paused.remove(watcher.userId());
        last = null;
    }

    /** Whether there was one of that id. */
    public boolean remove(String subscriberId) {
        PollSubscriber gone = present.remove(subscriberId);
        if (gone != null && present.isEmpty() && !paused.contains(gone.userId())) {
            last = gone;
        }
        return gone != null;
    }

    /** Takes all subscribers of some users away, for good. */
    public void removeUsers(Set<String> userIds) {
        present.values().removeIf(w -> userIds.contains(w.userId()));
        paused.removeAll(userIds);
        if (last != null && userIds.contains(last.userId())) {
            last = null;
        }
    }

    public Optional<PollSubscriber> find(String subscriberId) {
        return Optional.ofNullable(present.get(subscriberId));
    }

    public boolean isEmpty() {
        return present.isEmpty();
    }

    public Collection<PollSubscriber> all() {
        return present.values();
    }

    /** Whether the user has a subscriber. */
    public boolean hasUser(String userId) {
        return present.values().stream().anyMatch(w -> w.userId().equals(userId));
    }

    /** What any of the subscribers wants. */
    Set<EventGroup> wanted() {
        return wanted(present.values());
    }

    /** What any of some subscribers wants. */
    public static Set<EventGroup> wanted(Collection<PollSubscriber> all) {
        Set<EventGroup> groups = EnumSet.noneOf(EventGroup.class);
        for (EventGroup group : EventGroup.values()) {
            if (all.stream().anyMatch(watcher -> watcher.wants(group))) {
                groups.add(group);
            }
        }
        return groups;
    }

    /** When the token that rested longest was used to list receipts, epoch milliseconds. */
    public long receiptsRested() {
        return present.values().stream()
                .mapToLong(PollSubscriber::receiptsReadAt)
                .min()
                .orElse(0);
    }

    /** The users of all subscribers. */
    Set<String> users() {
        Set<String> users = new HashSet<>();
        present.values().forEach(w -> users.add(w.userId()));
        return users;
    }

    /** Users with a subscriber whom the roster does not name: the hubs end them by the same roster. */
    public Set<String> strangers(Roster roster) {
        Set<String> strangers = users();
        strangers.removeIf(user -> roster.member(user).isPresent());
        return strangers;
    }

    /** Whether a subscriber that may be served wants these events. */
    public boolean wants(EventGroup group) {
        return present.values().stream().anyMatch(w -> w.wants(group));
    }

    /** The user's tokens are not used until a proof; false when they were not already. */
    public boolean pause(String userId) {
        if (last != null && last.userId().equals(userId)) {
            last = null;
        }
        if (paused.isEmpty()) {
            paused = new HashSet<>();
        }
        return paused.add(userId);
    }

    public void resume(String userId) {
        paused.remove(userId);
    }

    /** Whether there are subscribers, none of them paused. */
    public boolean allServed() {
        return !present.isEmpty() && paused.isEmpty();
    }

    public boolean paused(String userId) {
        return paused.contains(userId);
    }

    /** The subscriber of that user with the longest-lived token, to prove the user again with. */
    public Optional<PollSubscriber> ofUser(String userId) {
        return present.values().stream().filter(w -> w.userId().equals(userId)).max(Comparator.comparing(w -> w.token()
                .expiresOn()));
    }

    /**
     * The next subscriber in turn whose token may be used now; one that sees back to the bound if there is one, else the
     * one that sees back furthest.
     *
     * @param bound lower end of the range to be listed, epoch milliseconds
     * @param fits further conditions, for example not tried yet
     */
    public Optional<PollSubscriber> next(Roster roster, long bound, long now, Predicate<PollSubscriber> fits) {
        PollSubscriber best = null;
        long reach = Long.MAX_VALUE;
        for (PollSubscriber candidate : candidates()) {
            if (usable(candidate, now) && fits.test(candidate)) {
                long floor = HistoryVisibility.of(roster, candidate.userId());
                if (best == null || floor < reach) {
                    best = candidate;
                    reach = floor;
                }
                if (floor <= bound) {
                    break;
                }
            }
        }
        if (best != null && present.remove(best.id()) != null) {
            present.put(best.id(), best);
        }
        return Optional.ofNullable(best);
    }

    /** The earliest time from which on one of them sees messages; after all time when the roster names none. */
    public long lowestReach(Roster roster) {
        long lowest = Long.MAX_VALUE;
        for (PollSubscriber watcher : candidates()) {
            lowest = Math.min(lowest, HistoryVisibility.of(roster, watcher.userId()));
            if (lowest == 0) {
                return lowest;
            }
        }
        return lowest;
    }

    /** The one whose turn it is, if its token may be used now; the turn stays. */
    public Optional<PollSubscriber> first(long now) {
        return candidates().stream().filter(w -> usable(w, now)).findFirst();
    }

    /** Whether any token may be used now. */
    public boolean usable(long now) {
        return candidates().stream().anyMatch(w -> usable(w, now));
    }

    /** Whether there are subscribers with tokens in force, and all of them are paused. */
    public boolean turnedAway(long now) {
        return !usable(now)
                && present.values().stream().anyMatch(w -> w.token().expiresOn().toEpochMilli() > now);
    }

    private Collection<PollSubscriber> candidates() {
        return present.isEmpty() && last != null ? List.of(last) : present.values();
    }

    private boolean usable(PollSubscriber watcher, long now) {
        return !paused.contains(watcher.userId()) && watcher.token().expiresOn().toEpochMilli() > now;
    }
}
