package dev.chatgateway.poll.access;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadSnapshot.Part;
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
 * The subscribers of a thread whose membership is proven. Calls rotate through their tokens. The token of the last
 * subscriber that left stays usable while the thread lingers, so that a page reload causes no calls. Used on the
 * poller's context.
 */
public final class PollSubscribers {
    /** By subscriber id, in the order of token use: the first is next. Small, as most threads have few subscribers. */
    private final Map<String, PollSubscriber> subscribers = new LinkedHashMap<>(1);

    /** Users whose tokens are not used and whose delivery is held back until a membership proof. */
    private Set<String> paused = Collections.emptySet();

    private @Nullable PollSubscriber lingering;

    /** Adds a proven subscriber, or replaces the one with its id. */
    public void add(PollSubscriber subscriber) {
        subscribers.put(subscriber.id(), subscriber);
        paused.remove(subscriber.userId());
        lingering = null;
    }

    /** Removes the subscriber with that id, if there is one. */
    public void remove(String subscriberId) {
        PollSubscriber removed = subscribers.remove(subscriberId);
        if (removed != null && subscribers.isEmpty() && !paused.contains(removed.userId())) {
            lingering = removed;
        }
    }

    /** Removes all subscribers of some users, the lingering one included. */
    public void removeUsers(Set<String> userIds) {
        subscribers.values().removeIf(s -> userIds.contains(s.userId()));
        paused.removeAll(userIds);
        if (lingering != null && userIds.contains(lingering.userId())) {
            lingering = null;
        }
    }

    /** Whether a usable token shows all messages that arrived since a time, epoch milliseconds. */
    public boolean hasReaderSince(Roster roster, long from, long now) {
        return subscribers.values().stream()
                .anyMatch(s -> !isPaused(s.userId())
                        && s.token().expiresOn().toEpochMilli() > now
                        && HistoryVisibility.visibleFrom(roster, s.userId()) <= from);
    }

    public Optional<PollSubscriber> find(String subscriberId) {
        return Optional.ofNullable(subscribers.get(subscriberId));
    }

    public boolean isEmpty() {
        return subscribers.isEmpty();
    }

    public Collection<PollSubscriber> all() {
        return subscribers.values();
    }

    public boolean hasUser(String userId) {
        return subscribers.values().stream().anyMatch(s -> s.userId().equals(userId));
    }

    /** The event groups that at least one of the subscribers selects. */
    public static Set<EventGroup> selectedGroups(Collection<PollSubscriber> subscribers) {
        Set<EventGroup> groups = EnumSet.noneOf(EventGroup.class);
        for (EventGroup group : EventGroup.values()) {
            if (subscribers.stream().anyMatch(s -> s.selects(group))) {
                groups.add(group);
            }
        }
        return groups;
    }

    /** When the token that was used least recently to list read receipts was used for that, epoch milliseconds. */
    public long leastRecentReceiptsListing() {
        return subscribers.values().stream()
                .mapToLong(PollSubscriber::receiptsListedAt)
                .min()
                .orElse(0);
    }

    /** Users with a subscriber who are not participants. The hubs end their subscriptions by the same roster. */
    public Set<String> nonMembers(Roster roster) {
        Set<String> users = new HashSet<>();
        subscribers.values().forEach(s -> users.add(s.userId()));
        users.removeIf(user -> roster.member(user).isPresent());
        return users;
    }

    /** Whether at least one subscriber, paused or not, selects the group. */
    public boolean anySelects(EventGroup group) {
        return subscribers.values().stream().anyMatch(s -> s.selects(group));
    }

    /** Whether at least one subscriber, paused or not, includes one of the parts. */
    public boolean anyIncludes(Predicate<Part> condition) {
        return subscribers.values().stream()
                .anyMatch(s -> !s.included().isEmpty() && s.included().stream().anyMatch(condition));
    }

    /** Stops the use of the user's tokens until a membership proof; returns false if it was stopped already. */
    public boolean pause(String userId) {
        if (lingering != null && lingering.userId().equals(userId)) {
            lingering = null;
        }
        if (paused.isEmpty()) {
            paused = new HashSet<>();
        }
        return paused.add(userId);
    }

    public void resume(String userId) {
        paused.remove(userId);
    }

    /** Whether there are subscribers, and none of them is paused. */
    public boolean nonePaused() {
        return !subscribers.isEmpty() && paused.isEmpty();
    }

    public boolean isPaused(String userId) {
        return paused.contains(userId);
    }

    /** The user's subscriber whose token expires last. */
    public Optional<PollSubscriber> ofUser(String userId) {
        return subscribers.values().stream()
                .filter(s -> s.userId().equals(userId))
                .max(Comparator.comparing(s -> s.token().expiresOn()));
    }

    /**
     * Selects the subscriber whose token is used for a call, and moves it to the end of the rotation. Of the usable
     * tokens this is the first whose user sees messages from {@code visibleFrom} on, or else the one whose user sees
     * the oldest messages.
     *
     * @param visibleFrom epoch milliseconds
     * @param condition further condition, for example that the token was not tried yet
     */
    public Optional<PollSubscriber> next(
            Roster roster, long visibleFrom, long now, Predicate<PollSubscriber> condition) {
        PollSubscriber best = null;
        long bestVisibleFrom = Long.MAX_VALUE;
        for (PollSubscriber candidate : candidates()) {
            if (usable(candidate, now) && condition.test(candidate)) {
                long candidateFrom = HistoryVisibility.visibleFrom(roster, candidate.userId());
                if (best == null || candidateFrom < bestVisibleFrom) {
                    best = candidate;
                    bestVisibleFrom = candidateFrom;
                }
                if (candidateFrom <= visibleFrom) {
                    break;
                }
            }
        }
        if (best != null && subscribers.remove(best.id()) != null) {
            subscribers.put(best.id(), best);
        }
        return Optional.ofNullable(best);
    }

    /** The lowest {@link HistoryVisibility#visibleFrom} of the subscribers; MAX_VALUE if none is a participant. */
    public long lowestVisibleFrom(Roster roster) {
        long lowest = Long.MAX_VALUE;
        for (PollSubscriber subscriber : candidates()) {
            lowest = Math.min(lowest, HistoryVisibility.visibleFrom(roster, subscriber.userId()));
            if (lowest == 0) {
                return lowest;
            }
        }
        return lowest;
    }

    /** The first subscriber of the rotation with a usable token. Does not change the rotation. */
    public Optional<PollSubscriber> peek(long now) {
        return candidates().stream().filter(s -> usable(s, now)).findFirst();
    }

    /** Whether there is a token that has not expired and whose user is not paused. */
    public boolean hasUsableToken(long now) {
        return candidates().stream().anyMatch(s -> usable(s, now));
    }

    /** Whether there are subscribers whose tokens have not expired, and all of them are paused. */
    public boolean allPaused(long now) {
        return !hasUsableToken(now)
                && subscribers.values().stream()
                        .anyMatch(s -> s.token().expiresOn().toEpochMilli() > now);
    }

    private Collection<PollSubscriber> candidates() {
        return subscribers.isEmpty() && lingering != null ? List.of(lingering) : subscribers.values();
    }

    private boolean usable(PollSubscriber subscriber, long now) {
        return !paused.contains(subscriber.userId())
                && subscriber.token().expiresOn().toEpochMilli() > now;
    }
}
