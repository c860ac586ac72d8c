package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.Watcher;
import dev.chatgateway.poll.state.PollEnvironment;
import dev.chatgateway.poll.state.ThreadState;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The digests of a node, one per user with many silent threads or an inbox. Lives on the poller's context. */
public final class Digests {
    /** Subscribers of a thread that are looked at to find the user whose digest shall watch it. */
    private static final int LOOKED_AT = 8;
    /** Each write looks through so many inboxes at most; on busier nodes they hear of it by their digests. */
    private static final int TOLD_AT_ONCE = 1_000;

    private final PollEnvironment env;
    private final Map<String, Digest> digests = new HashMap<>();
    private final Map<String, String> inboxOf = new HashMap<>();

    public Digests(PollEnvironment env) {
        this.env = env;
    }

    /**
     * A silent thread looks for a digest to watch it: that of the subscriber with the most silent threads, so that few
     * lists are read.
     *
     * @param before the digest that has it now
     * @return the digest that took it in; null when there is none
     */
    @Nullable
    Digest find(ThreadState state, @Nullable Digest before) {
        long now = env.ticker().now();
        Digest best = null;
        Watcher by = null;
        int looked = 0;
        for (Watcher watcher : state.watchers.all()) {
            if (looked++ == LOOKED_AT) {
                break;
            }
            if (usable(state, watcher, now)) {
                Digest digest = digests.get(watcher.userId());
                if (by == null || (digest != null && (best == null || weight(digest, before) > weight(best, before)))) {
                    best = digest;
                    by = watcher;
                }
            }
        }
        return by == null ? null : best == null ? of(by.userId()) : best;
    }

    /** Whether the digest's user is a subscriber of the thread that may be served. */
    static boolean member(ThreadState state, Digest digest, long now) {
        for (Watcher watcher : state.watchers.all()) {
            if (watcher.userId().equals(digest.userId()) && usable(state, watcher, now)) {
                return true;
            }
        }
        return false;
    }

    private static boolean usable(ThreadState state, Watcher watcher, long now) {
        return !state.watchers.paused(watcher.userId())
                && watcher.token().expiresOn().toEpochMilli() > now
                && state.roster.member(watcher.userId()).isPresent();
    }

    /** A thread stays where it is unless another has many more. */
    private static int weight(Digest digest, @Nullable Digest before) {
        return digest == before ? digest.size() * 2 + 1 : digest.size();
    }

    public Future<InboxState> watchInbox(String subscriberId, UserToken token) {
        unwatchInbox(subscriberId);
        inboxOf.put(subscriberId, token.userId());
        return of(token.userId()).watchInbox(subscriberId, token);
    }

    public void unwatchInbox(String subscriberId) {
        Digest digest = inbox(subscriberId);
        inboxOf.remove(subscriberId);
        if (digest != null) {
            digest.unwatchInbox(subscriberId);
        }
    }

    public void replaceToken(String subscriberId, UserToken token) {
        Digest digest = inbox(subscriberId);
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
        new ArrayList<>(digests.values()).forEach(Digest::stop);
    }

    /** Number of users whose list is, or may be, read. */
    int size() {
        return digests.size();
    }

    private @Nullable Digest inbox(String subscriberId) {
        String userId = inboxOf.get(subscriberId);
        return userId == null ? null : digests.get(userId);
    }

    private Digest of(String userId) {
        return digests.computeIfAbsent(userId, id -> new Digest(id, env, () -> digests.remove(id)));
    }
}
