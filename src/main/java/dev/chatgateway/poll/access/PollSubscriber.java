package dev.chatgateway.poll.access;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.UserToken;
import java.util.EnumSet;
import java.util.Set;

/**
 * One connection's subscription to one thread. Once the user's membership is proven, the thread is polled with its
 * token. Used on the poller's context.
 */
public final class PollSubscriber {
    /** One instance for the many subscribers that select all events. */
    private static final Set<EventGroup> ALL = Set.copyOf(EventGroup.all());

    private final String id;
    private final Set<EventGroup> groups;
    private final Set<Part> include;
    private UserToken token;
    private long receiptsListedAt;

    public PollSubscriber(Watch watch) {
        id = watch.subscriberId();
        include = watch.include().isEmpty() ? Set.of() : Set.copyOf(watch.include());
        groups = watch.groups().equals(ALL) ? ALL : withReceipts(watch.groups(), include);
        token = watch.token();
    }

    public String id() {
        return id;
    }

    public String userId() {
        return token.userId();
    }

    public UserToken token() {
        return token;
    }

    public void replaceToken(UserToken renewed) {
        token = renewed;
    }

    /** Receipts are listed for a subscriber that includes what needs them, as if it selected their events. */
    private static Set<EventGroup> withReceipts(Set<EventGroup> groups, Set<Part> include) {
        if (groups.contains(EventGroup.RECEIPTS) || include.stream().noneMatch(Part::needsReceipts)) {
            return groups;
        }
        Set<EventGroup> both = EnumSet.of(EventGroup.RECEIPTS);
        both.addAll(groups);
        return both;
    }

    boolean selects(EventGroup group) {
        return groups.contains(group);
    }

    /** The parts of the thread's state that the subscriber includes. */
    public Set<Part> included() {
        return include;
    }

    /** When this subscriber's token was last used to list read receipts, epoch milliseconds; 0 if never. */
    public long receiptsListedAt() {
        return receiptsListedAt;
    }

    public void receiptsListedAt(long now) {
        receiptsListedAt = now;
    }
}
