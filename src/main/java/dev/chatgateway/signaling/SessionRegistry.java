package dev.chatgateway.signaling;

import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of this node, and the tokens of clients that are about to connect: the upgrade to a WebSocket carries none.
 * Bounds the sessions of a user, of the node, and those without a connection. Any thread.
 */
public final class SessionRegistry {
    /** A client connects right after its allocation. */
    private static final long GRANT_MS = 120_000;

    private static final int MOST_GRANTS = 100_000;
    /** Grants of a user at most, as a multiple of its sessions: each page that is loaded again brings another id. */
    private static final int GRANTS_FOR_EACH_SESSION = 4;

    private final LiveConfig live;
    private final GatewayMetrics metrics;
    /** Guarded by this, as all that follows. */
    private final Map<SessionKey, Member> sessions = new HashMap<>();

    private final Map<String, Integer> ofUser = new HashMap<>();
    /** Sessions without a connection, the one that lost it first at the head. */
    private final Map<SessionKey, Member> detached = new LinkedHashMap<>();

    private final Map<SessionKey, Grant> grants = new LinkedHashMap<>();
    private final Map<String, Integer> grantsOfUser = new HashMap<>();

    public SessionRegistry(LiveConfig live, GatewayMetrics metrics) {
        this.live = live;
        this.metrics = metrics;
        metrics.signaling().sessions(this::connected, this::waiting);
    }

    /** A session, as the registry sees it. */
    interface Member {
        SessionKey key();

        /** Unique on the node. */
        String id();

        /** The loop that owns it. */
        LoopContext loop();

        /** Since when it has no connection, epoch milliseconds; 0 while it has one. Any thread. */
        long detachedMs();

        /** Its state for operators; on its loop. */
        NodeState.SessionEntry report();

        /** Ends it; on its loop. */
        void end(String reason);
    }

    private record Grant(UserToken token, long untilMs) {}

    private synchronized double connected() {
        return sessions.size() - detached.size();
    }

    private synchronized double waiting() {
        return detached.size();
    }

    /**
     * A client has shown a token that the service accepts, and is about to connect with it.
     *
     * @return false if the user, or the node, has too many sessions
     */
    boolean grant(SessionKey key, UserToken token, long nowMs) {
        Member given = null;
        synchronized (this) {
            if (!sessions.containsKey(key)) {
                if (sessions.size() >= live.limits().connections()) {
                    metrics.limitHit("signaling.sessions");
                    return false;
                }
                if (ofUser.getOrDefault(key.userId(), 0)
                        >= live.config().signaling().sessionsPerUser()) {
                    metrics.limitHit("signaling.sessionsPerUser");
                    given = oldestDetached(key.userId());
                    if (given == null) {
                        return false;
                    }
                }
            }
            drop(nowMs);
            if (!remember(key, new Grant(token, nowMs + GRANT_MS))) {
                metrics.limitHit("signaling.grants");
                return false;
            }
        }
        if (given != null) {
            give(given, "replaced");
        }
        return true;
    }

    /** A flood of one user's allocations must not displace those of others; a token is a kilobyte. */
    private boolean remember(SessionKey key, Grant grant) {
        boolean known = forget(key);
        int most = GRANTS_FOR_EACH_SESSION * live.config().signaling().sessionsPerUser();
        if (!known && grantsOfUser.getOrDefault(key.userId(), 0) >= most) {
            return false;
        }
        grants.put(key, grant);
        countGrant(key.userId(), 1);
        return true;
    }

    private boolean forget(SessionKey key) {
        boolean known = grants.remove(key) != null;
        if (known) {
            countGrant(key.userId(), -1);
        }
        return known;
    }

    private void countGrant(String userId, int change) {
        grantsOfUser.merge(userId, change, (before, more) -> before + more == 0 ? null : before + more);
    }

    private void drop(long nowMs) {
        var oldest = grants.entrySet().iterator();
        while (oldest.hasNext()) {
            var grant = oldest.next();
            if (grant.getValue().untilMs > nowMs && grants.size() < MOST_GRANTS) {
                return;
            }
            oldest.remove();
            countGrant(grant.getKey().userId(), -1);
        }
    }

    private @Nullable Member oldestDetached(String userId) {
        return detached.values().stream()
                .filter(session -> session.key().userId().equals(userId))
                .min(Comparator.comparingLong(Member::detachedMs))
                .orElse(null);
    }

    private static void give(Member session, String reason) {
        session.loop().later(() -> session.end(reason));
    }

    synchronized Optional<Member> find(SessionKey key) {
        return Optional.ofNullable(sessions.get(key));
    }

    /** The token that a client has shown last; empty if it has shown none lately. */
    synchronized Optional<UserToken> granted(SessionKey key, long nowMs) {
        return Optional.ofNullable(grants.get(key))
                .filter(g -> g.untilMs > nowMs)
                .map(Grant::token);
    }

    /** The session of a client, made for it if there is none; empty if it would be one too many. */
    synchronized Optional<Member> open(SessionKey key, Function<SessionKey, Member> maker) {
        Member known = sessions.get(key);
        if (known != null) {
            return Optional.of(known);
        }
        int more = ofUser.getOrDefault(key.userId(), 0) + 1;
        if (more > live.config().signaling().sessionsPerUser()) {
            metrics.limitHit("signaling.sessionsPerUser");
            return Optional.empty();
        }
        Member made = maker.apply(key);
        sessions.put(key, made);
        ofUser.put(key.userId(), more);
        return Optional.of(made);
    }

    synchronized void attached(Member session) {
        detached.remove(session.key());
    }

    /** A session has lost its connection; if too many have, the oldest of them ends. */
    void detached(Member session) {
        Member given = null;
        synchronized (this) {
            detached.put(session.key(), session);
            if (detached.size() > live.config().signaling().detachedSessions()) {
                metrics.limitHit("signaling.detachedSessions");
                given = detached.values().iterator().next();
            }
        }
        if (given != null) {
            give(given, "replaced");
        }
    }

    synchronized void remove(Member session) {
        if (sessions.remove(session.key(), session)) {
            detached.remove(session.key());
            forget(session.key());
            ofUser.computeIfPresent(session.key().userId(), (user, n) -> n == 1 ? null : n - 1);
        }
    }

    synchronized List<Member> all() {
        return List.copyOf(sessions.values());
    }

    /** The sessions of one event loop. */
    synchronized List<Member> of(LoopContext loop) {
        return sessions.values().stream().filter(s -> s.loop() == loop).toList();
    }
}
