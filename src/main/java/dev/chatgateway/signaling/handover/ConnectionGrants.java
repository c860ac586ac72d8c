package dev.chatgateway.signaling.handover;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * The tokens with which clients are about to connect: the upgrade to a WebSocket carries none. Each is kept for two minutes;
 * a user has a few at most, so that no user's displace those of another. Thread-safe.
 */
public final class ConnectionGrants {
    /** A client connects right after its allocation. */
    private static final Duration LIFE = Duration.ofMinutes(2);

    private static final int MOST_USERS = 100_000;
    /** Clients of a user about to connect, as a multiple of its sessions: each page that is loaded again is another one. */
    private static final int PER_SESSION = 4;
    /** A client that loses each connection at once connects about once a second on the average. */
    private static final int PER_SESSION_AND_MINUTE = 100;

    private static final long MINUTE_MS = 60_000;

    private final IntSupplier sessionsOfUser;
    private final Cache<String, UserGrants> ofUsers;
    private final Clock clock;

    /** @param sessionsOfUser sessions of one user at most */
    public ConnectionGrants(Clock clock, IntSupplier sessionsOfUser) {
        this.clock = clock;
        this.sessionsOfUser = sessionsOfUser;
        ofUsers = Caffeine.newBuilder()
                .maximumSize(MOST_USERS)
                .expireAfterWrite(LIFE)
                .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()))
                .build();
    }

    private record Entry(Grant grant, long untilMs) {}

    /** @param count how many were put since the beginning of the present minute */
    private record UserGrants(Map<String, Entry> byClient, long minute, int count) {
        private UserGrants with(String client, Entry entry, long nowMinute) {
            Map<String, Entry> all = new LinkedHashMap<>(byClient);
            all.put(client, entry);
            return new UserGrants(all, nowMinute, minute == nowMinute ? count + 1 : 1);
        }

        private UserGrants valid(long nowMs) {
            Map<String, Entry> all = new LinkedHashMap<>(byClient);
            all.values().removeIf(entry -> entry.untilMs() <= nowMs);
            return new UserGrants(all, minute, count);
        }

        /** Whether the user may have one more. */
        private boolean allows(String client, long nowMinute, int sessions) {
            boolean known = byClient.containsKey(client);
            return (known || byClient.size() < PER_SESSION * sessions)
                    && (minute != nowMinute || count < PER_SESSION_AND_MINUTE * sessions);
        }

        private UserGrants without(String client) {
            Map<String, Entry> all = new LinkedHashMap<>(byClient);
            all.remove(client);
            return new UserGrants(all, minute, count);
        }
    }

    /** A client has shown a token that the service accepts. False, and nothing is kept, if the user does so too often. */
    public boolean put(SessionKey key, Grant grant) {
        long nowMs = clock.millis();
        long minute = nowMs / MINUTE_MS;
        Entry entry = new Entry(grant, nowMs + LIFE.toMillis());
        boolean[] kept = new boolean[1];
        ofUsers.asMap().compute(key.userId(), (user, of) -> {
            UserGrants before = of == null ? new UserGrants(Map.of(), minute, 0) : of.valid(nowMs);
            kept[0] = before.allows(key.registrationId(), minute, sessionsOfUser.getAsInt());
            return kept[0] ? before.with(key.registrationId(), entry, minute) : before;
        });
        return kept[0];
    }

    /** What a client has shown last; empty if it has shown nothing lately. */
    public Optional<Grant> find(SessionKey key) {
        return Optional.ofNullable(ofUsers.getIfPresent(key.userId()))
                .map(of -> of.byClient().get(key.registrationId()))
                .filter(entry -> entry.untilMs() > clock.millis())
                .map(Entry::grant);
    }

    /** The token is not accepted any more. */
    public void remove(SessionKey key) {
        ofUsers.asMap().computeIfPresent(key.userId(), (user, of) -> of.without(key.registrationId()));
    }
}
