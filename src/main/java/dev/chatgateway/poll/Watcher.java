package dev.chatgateway.poll;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.UserToken;
import java.util.Set;

/** One subscriber of one thread, with the token that the thread may be read with once it is proven. */
final class Watcher {
    /** Shared by all who want everything. */
    private static final Set<EventGroup> ALL = Set.copyOf(EventGroup.all());

    private final String id;
    private final Set<EventGroup> groups;
    private UserToken token;
    private long receiptsReadAt;

    Watcher(Watch watch) {
        id = watch.subscriberId();
        groups = watch.groups().equals(ALL) ? ALL : watch.groups();
        token = watch.token();
    }

    String id() {
        return id;
    }

    String userId() {
        return token.userId();
    }

    UserToken token() {
        return token;
    }

    void token(UserToken renewed) {
        token = renewed;
    }

    boolean wants(EventGroup group) {
        return groups.contains(group);
    }

    /** When receipts were last listed with this token, epoch milliseconds. */
    long receiptsReadAt() {
        return receiptsReadAt;
    }

    void receiptsReadAt(long now) {
        receiptsReadAt = now;
    }
}
