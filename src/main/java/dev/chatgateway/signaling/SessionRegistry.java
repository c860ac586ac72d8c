package dev.chatgateway.signaling;

import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.signaling.handover.SavedSession;
import dev.chatgateway.signaling.handover.SessionKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The sessions of this node. Bounds the sessions of a user, of the node, and those without a connection. Thread-safe. */
public final class SessionRegistry implements NodeState.Sessions {
    private static final String REPLACED = "replaced";

    private final LiveConfig live;
    private final GatewayMetrics metrics;
    /** Guarded by this, as all that follows. */
    private final Map<SessionKey, Member> sessions = new HashMap<>();

    private final Map<String, Integer> ofUser = new HashMap<>();
    /** Sessions without a connection, the one that lost it first at the head. */
    private final Map<SessionKey, Member> detached = new LinkedHashMap<>();

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

        /** Ends it because another node continues it; on its loop. The result is the position that the client has. */
        Future<SavedSession> handOver();
    }

    private synchronized double connected() {
        return sessions.size() - detached.size();
    }

    private synchronized double waiting() {
        return detached.size();
    }

    /**
     * Whether a client may connect: it has a session, or the user and the node have room for another one. A user's session
     * that has no connection makes room.
     */
    boolean admit(SessionKey key) {
        Member evicted = null;
        synchronized (this) {
            if (sessions.containsKey(key)) {
                return true;
            }
            if (nodeIsFull()) {
                return false;
            }
            if (userIsFull(key.userId())) {
                evicted = oldestDetached(key.userId());
                if (evicted == null) {
                    return false;
                }
                detached.remove(evicted.key());
            }
        }
        if (evicted != null) {
            endLater(evicted);
        }
        return true;
    }

    private boolean nodeIsFull() {
        boolean full = sessions.size() - detached.size() >= live.limits().connections();
        if (full) {
            metrics.limitHit("signaling.sessions");
        }
        return full;
    }

    private boolean userIsFull(String userId) {
        boolean full =
                ofUser.getOrDefault(userId, 0) >= live.config().signaling().sessionsPerUser();
        if (full) {
            metrics.limitHit("signaling.sessionsPerUser");
        }
        return full;
    }

    /** In the order in which they lost their connections. */
    private @Nullable Member oldestDetached(String userId) {
        return detached.values().stream()
                .filter(session -> session.key().userId().equals(userId))
                .findFirst()
                .orElse(null);
    }

    /** On the session's own loop; a session that is connected again by then goes on. */
    private static void endLater(Member session) {
        session.loop().later(() -> {
            if (session.detachedMs() != 0) {
                session.end(REPLACED);
            }
        });
    }

    synchronized Optional<Member> find(SessionKey key) {
        return Optional.ofNullable(sessions.get(key));
    }

    /** The session of a client, made for it if there is none; empty if it would be one too many. */
    synchronized Optional<Member> open(SessionKey key, Function<SessionKey, Member> maker) {
        Member known = sessions.get(key);
        if (known != null) {
            return Optional.of(known);
        }
        if (nodeIsFull() || userIsFull(key.userId())) {
            return Optional.empty();
        }
        Member made = maker.apply(key);
        sessions.put(key, made);
        ofUser.merge(key.userId(), 1, Integer::sum);
        return Optional.of(made);
    }

    synchronized void attached(Member session) {
        detached.remove(session.key());
    }

    /** A session has lost its connection; if too many have, the oldest of them ends. */
    void detached(Member session) {
        Member evicted = null;
        synchronized (this) {
            detached.put(session.key(), session);
            if (detached.size() > live.config().signaling().detachedSessions()) {
                metrics.limitHit("signaling.detachedSessions");
                evicted = detached.remove(detached.keySet().iterator().next());
            }
        }
        if (evicted != null) {
            endLater(evicted);
        }
    }

    synchronized void remove(Member session) {
        if (sessions.remove(session.key(), session)) {
            detached.remove(session.key(), session);
            ofUser.computeIfPresent(session.key().userId(), (user, n) -> n == 1 ? null : n - 1);
        }
    }

    private synchronized List<Member> all() {
        return List.copyOf(sessions.values());
    }

    /** Lists sessions for operators. Each session of the page is asked on its own event loop. */
    @Override
    public Future<NodeState.Page<NodeState.SessionEntry>> sessions(String after, int limit) {
        NodeState.Page<Member> page = NodeState.page(all(), Member::id, after, limit, member -> member);
        List<Future<NodeState.SessionEntry>> entries =
                page.entries().stream().map(SessionRegistry::entry).toList();
        return Future.all(entries)
                .map(done -> new NodeState.Page<>(
                        page.total(), entries.stream().map(Future::result).toList(), page.next()));
    }

    private static Future<NodeState.SessionEntry> entry(Member member) {
        Promise<NodeState.SessionEntry> entry = Promise.promise();
        member.loop().later(() -> entry.complete(member.report()));
        return entry.future();
    }

    /** The sessions of one event loop. */
    synchronized List<Member> of(LoopContext loop) {
        return sessions.values().stream().filter(s -> s.loop() == loop).toList();
    }
}
