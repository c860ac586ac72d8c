package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The thread list pollers of a node: one for each user with an idle thread or an inbox subscriber. Used on the poller's
 * context.
 */
public final class ThreadListPollers {
    /** Subscribers of a thread that are compared to select the list that covers the thread. */
    private static final int MAX_COMPARED = 8;
    /**
     * With more inbox subscribers than this, writes are not published to inboxes at once: the lists show them later.
     */
    private static final int MAX_INBOXES = 1_000;

    private final PollContext context;
    private final Map<String, ThreadListPoller> byUser = new HashMap<>();
    /** User id by subscriber id. */
    private final Map<String, String> inboxUsers = new HashMap<>();

    public ThreadListPollers(PollContext context) {
        this.context = context;
    }

    /**
     * Selects the list that shall cover an idle thread: that of the subscriber with the most idle threads, so that few
     * lists are polled.
     *
     * @param present the poller of the list that has the thread now
     * @return null if no subscriber has a usable token
     */
    public @Nullable ThreadListPoller select(ThreadState state, @Nullable ThreadListPoller present) {
        long now = context.scheduler().now();
        ThreadListPoller best = null;
        PollSubscriber bestSubscriber = null;
        int compared = 0;
        for (PollSubscriber subscriber : state.subscribers.all()) {
            if (compared++ == MAX_COMPARED) {
                break;
            }
            if (usable(state, subscriber, now)) {
                ThreadListPoller poller = byUser.get(subscriber.userId());
                boolean better = poller != null && (best == null || weight(poller, present) > weight(best, present));
                if (bestSubscriber == null || better) {
                    best = poller;
                    bestSubscriber = subscriber;
                }
            }
        }
        return bestSubscriber == null ? null : best == null ? ofUser(bestSubscriber.userId()) : best;
    }

    /** Whether the list's user is a subscriber of the thread with a usable token. */
    public static boolean hasUsableSubscriber(ThreadState state, ThreadListPoller poller, long now) {
        for (PollSubscriber subscriber : state.subscribers.all()) {
            if (subscriber.userId().equals(poller.userId()) && usable(state, subscriber, now)) {
                return true;
            }
        }
        return false;
    }

    private static boolean usable(ThreadState state, PollSubscriber subscriber, long now) {
        return !state.subscribers.isPaused(subscriber.userId())
                && subscriber.token().expiresOn().toEpochMilli() > now
                && state.roster.member(subscriber.userId()).isPresent();
    }

    /** A thread stays with its list unless another one has more than twice as many threads. */
    private static int weight(ThreadListPoller poller, @Nullable ThreadListPoller present) {
        return poller == present ? poller.size() * 2 + 1 : poller.size();
    }

    /** When the last poll of the user's thread list began, epoch milliseconds, if it had the thread; else 0. */
    public long listedAt(String userId, String threadId) {
        ThreadListPoller poller = byUser.get(userId);
        return poller == null ? 0 : poller.listedAt(threadId);
    }

    /** As {@link dev.chatgateway.event.InboxFeed#watchInbox}. */
    public Future<InboxState> watchInbox(String subscriberId, UserToken token) {
        unwatchInbox(subscriberId);
        inboxUsers.put(subscriberId, token.userId());
        return ofUser(token.userId()).watchInbox(subscriberId, token);
    }

    public void unwatchInbox(String subscriberId) {
        ThreadListPoller poller = ofInboxSubscriber(subscriberId);
        inboxUsers.remove(subscriberId);
        if (poller != null) {
            poller.unwatchInbox(subscriberId);
        }
    }

    public void replaceToken(String subscriberId, UserToken token) {
        ThreadListPoller poller = ofInboxSubscriber(subscriberId);
        if (poller != null) {
            poller.replaceToken(subscriberId, token);
        }
    }

    /** Publishes to the inboxes that have the thread that it was written to through the gateway. */
    public void publishWrite(String threadId) {
        if (inboxUsers.size() > MAX_INBOXES) {
            return;
        }
        inboxUsers.values().stream()
                .distinct()
                .map(byUser::get)
                .filter(Objects::nonNull)
                .forEach(poller -> poller.publishWrite(threadId));
    }

    public void close() {
        new ArrayList<>(byUser.values()).forEach(ThreadListPoller::stop);
    }

    /** Number of users with a poller. */
    int size() {
        return byUser.size();
    }

    private @Nullable ThreadListPoller ofInboxSubscriber(String subscriberId) {
        String userId = inboxUsers.get(subscriberId);
        return userId == null ? null : byUser.get(userId);
    }

    private ThreadListPoller ofUser(String userId) {
        return byUser.computeIfAbsent(userId, id -> new ThreadListPoller(id, context, () -> byUser.remove(id)));
    }
}
