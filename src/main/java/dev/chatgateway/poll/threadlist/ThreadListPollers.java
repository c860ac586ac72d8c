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

/** The digests of a node, one per user with many silent threads or an inbox. Lives on the poller's context. */
public final class ThreadListPollers {
    /** Subscribers of a thread that are looked at to find the user whose digest shall watch it. */
    private static final int LOOKED_AT = 8;
    /** Each write looks through so many inboxes at most; on busier nodes they hear of it by their digests. */
    private static final int TOLD_AT_ONCE = 1_000;

    private final PollContext env;
    private final Map<String, ThreadListPoller> digests = new HashMap<>();
    private final Map<String, String> inboxOf = new HashMap<>();

    public ThreadListPollers(PollContext env) {
        this.env = env;
    }

    /**
     * A silent thread looks for a digest to watch it: that of the subscriber with the most silent threads, so that few
     * lists are read.
     *
     * @param before the digest that has it now
     * @return the digest that took it in; null when there is none
     */
    public @Nullable ThreadListPoller find(ThreadState state, @Nullable ThreadListPoller before) {
        long now = env.scheduler().now();
        ThreadListPoller best = null;
        PollSubscriber by = null;
        int looked = 0;
        for (PollSubscriber watcher : state.subscribers.all()) {
            if (looked++ == LOOKED_AT) {
                break;
            }
            if (usable(state, watcher, now)) {
                ThreadListPoller digest = digests.get(watcher.userId());
                if (by == null || (digest != null && (best == null || weight(digest, before) > weight(best, before)))) {
                    best = digest;
                    by = watcher;
                }
            }
        }
        return by == null ? null : best == null ? of(by.userId()) : best;
    }

    /** Whether the digest's user is a subscriber of the thread that may be served. */
    public static boolean member(ThreadState state, ThreadListPoller digest, long now) {
        for (PollSubscriber watcher : state.subscribers.all()) {
            if (watcher.userId().equals(digest.userId()) && usable(state, watcher, now)) {
                return true;
            }
        }
        return false;
    }

    private static boolean usable(ThreadState state, PollSubscriber watcher, long now) {
        return !state.subscribers.paused(watcher.userId())
                && watcher.token().expiresOn().toEpochMilli() > now
                && state.roster.member(watcher.userId()).isPresent();
    }

    /** A thread stays where it is unless another has many more. */
    private static int weight(ThreadListPoller digest, @Nullable ThreadListPoller before) {
        return digest == before ? digest.size() * 2 + 1 : digest.size();
    }

    public Future<InboxState> watchInbox(String subscriberId, UserToken token) {
        unwatchInbox(subscriberId);
        inboxOf.put(subscriberId, token.userId());
        return of(token.userId()).watchInbox(subscriberId, token);
    }

    public void unwatchInbox(String subscriberId) {
        ThreadListPoller digest = inbox(subscriberId);
        inboxOf.remove(subscriberId);
        if (digest != null) {
            digest.unwatchInbox(subscriberId);
        }
    }

    public void replaceToken(String subscriberId, UserToken token) {
        ThreadListPoller digest = inbox(subscriberId);
        if (digest != null) {
            digest.replaceToken(subscriberId, token);
        }
    }

    /** Somebody wrote to the thread through the gateway: the inboxes that have it hear of it at once. */
    public void poked(String threadId) {
        if (inboxOf.size() > TOLD_AT_ONCE) {
            return;
        }
        inboxOf.values().stream()
                .distinct()
                .map(digests::get)
                .filter(Objects::nonNull)
                .forEach(digest -> digest.poked(threadId));
    }

    public void close() {
        new ArrayList<>(digests.values()).forEach(ThreadListPoller::stop);
    }

    /** Number of users whose list is, or may be, read. */
    int size() {
        return digests.size();
    }

    private @Nullable ThreadListPoller inbox(String subscriberId) {
        String userId = inboxOf.get(subscriberId);
        return userId == null ? null : digests.get(userId);
    }

    private ThreadListPoller of(String userId) {
        return digests.computeIfAbsent(userId, id -> new ThreadListPoller(id, env, () -> digests.remove(id)));
    }
}
