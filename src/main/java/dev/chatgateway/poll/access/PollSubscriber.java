package dev.chatgateway.poll.access;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.UserToken;
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
    private UserToken token;
    private long receiptsListedAt;

    public PollSubscriber(Watch watch) {
        id = watch.subscriberId();
        groups = watch.groups().equals(ALL) ? ALL : watch.groups();
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

    boolean selects(EventGroup group) {
        return groups.contains(group);
    }

    /** When this subscriber's token was last used to list read receipts, epoch milliseconds; 0 if never. */
    public long receiptsListedAt() {
        return receiptsListedAt;
    }

    public void receiptsListedAt(long now) {
        receiptsListedAt = now;
    }
}
