package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.protocol.CloseCode;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The periodic checks of a connection: authentication and idle limits, pings, maximum lifetime, token expiry and
 * renewal of its proof. Owned by the event loop of the connection.
 */
public final class KeepAlive {
    /** The maximum lifetime is announced this long before it ends. */
    private static final long NOTICE_MS = 10_000;

    /** Interval of checks before authentication, whose time limit may resume at any moment. */
    private static final long UNAUTHENTICATED_MS = 1_000;

    private final GatewayConfig.Limits limits;
    private final SocketChannel channel;
    private final Heartbeat heartbeat;
    private final Credentials credentials;
    private final long closeAtMs;
    private boolean closeAnnounced;

    public KeepAlive(GatewayConfig.Limits limits, SocketChannel channel, Heartbeat heartbeat, Credentials credentials) {
        this.limits = limits;
        this.channel = channel;
        this.heartbeat = heartbeat;
        this.credentials = credentials;
        long lifetimeMs = limits.lifetimeSeconds() * 1000L;
        // Jitter of 10 %: clients that connected at the same time are not closed at the same time.
        closeAtMs = lifetimeMs == 0
                ? 0
                : heartbeat.openedMs()
                        + lifetimeMs
                        + ThreadLocalRandom.current().nextLong(-lifetimeMs / 10, lifetimeMs / 10 + 1);
    }

    /** What the checks act on: the connection. */
    public interface Owner {
        /** Sends a notification to the client. */
        void sendNotification(String method, JsonObject params);

        /** The proof of the token is too old: delivery must pause. */
        void proofOverdue();

        /** The service has accepted the token again: delivery may go on. */
        void proofRenewed(Identity identity);

        /** The token has expired: delivery must pause until there is a new one. */
        void tokenExpired();
    }

    /**
     * Runs the checks that are due.
     *
     * @param identity null before authentication
     * @return milliseconds until the next call
     */
    public long tick(long nowMs, @Nullable Identity identity, Owner owner) {
        if (channel.isClosed()) {
            return heartbeat.pingMs();
        }
        if (heartbeat.timedOut(nowMs)) {
            channel.close(CloseCode.SILENT);
            return heartbeat.pingMs();
        }
        if (heartbeat.beginPingIfDue(nowMs)) {
            channel.ping();
        }
        if (heartbeat.needsTextPing(nowMs, channel.lastWriteMs()) && channel.backlogBytes() == 0) {
            owner.sendNotification("ping", new JsonObject());
        }
        long nextMs = Math.min(heartbeat.nextCheckInMs(nowMs, channel.lastWriteMs()), checkLifetime(nowMs, owner));
        return Math.min(nextMs, identity == null ? UNAUTHENTICATED_MS : checkToken(identity, nowMs, owner));
    }

    /** Announces the end of the maximum lifetime, then closes. Returns milliseconds until the next step. */
    private long checkLifetime(long nowMs, Owner owner) {
        if (closeAtMs == 0) {
            return Long.MAX_VALUE;
        }
        long left = closeAtMs - nowMs;
        if (left <= 0) {
            channel.close(CloseCode.GOING_AWAY);
        } else if (left <= NOTICE_MS && !closeAnnounced) {
            closeAnnounced = true;
            owner.sendNotification(
                    "reconnect", new JsonObject().put("afterMs", left).put("reason", "maxLifetime"));
        }
        return closeAnnounced ? left : left - NOTICE_MS;
    }

    private long checkToken(Identity identity, long nowMs, Owner owner) {
        long graceMs = limits.expiredTokenSeconds() * 1000L;
        switch (identity.nextAction(nowMs, graceMs)) {
            case ANNOUNCE_EXPIRY -> {
                String expiresOn = identity.token().expiresOn().toString();
                owner.sendNotification("tokenExpiring", new JsonObject().put("expiresOn", expiresOn));
            }
            case PAUSE_EXPIRED -> owner.tokenExpired();
            case CLOSE -> channel.close(CloseCode.TOKEN_EXPIRED);
            case PAUSE_UNPROVEN -> owner.proofOverdue();
            case RENEW_PROOF ->
                credentials.renewProof(identity).onSuccess(wasOverdue -> {
                    if (wasOverdue) {
                        owner.proofRenewed(identity);
                    }
                });
            case NOTHING -> {}
        }
        return identity.nextActionInMs(nowMs, graceMs);
    }
}
