package dev.chatgateway.poll.access;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.UserToken;
import java.util.Set;

/** One subscriber of one thread, with the token that the thread may be read with once it is proven. */
public final class PollSubscriber {
    /** Shared by all who want everything. */
    private static final Set<EventGroup> ALL = Set.copyOf(EventGroup.all());

    private final String id;
    private final Set<EventGroup> groups;
    private UserToken token;
    private long receiptsReadAt;

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

    public void token(UserToken renewed) {
        token = renewed;
    }

    boolean wants(EventGroup group) {
        return groups.contains(group);
    }

    /** When receipts were last listed with this token, epoch milliseconds. */
    public long receiptsReadAt() {
        return receiptsReadAt;
    }

    public void receiptsReadAt(long now) {
        receiptsReadAt = now;
    }
}
