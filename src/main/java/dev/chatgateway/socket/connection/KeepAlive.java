package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.protocol.CloseCode;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** What time asks of a connection: that it names itself, is heard of, and has a token in force. Owned by its loop. */
public final class KeepAlive {
    /** A client is told so long before its life ends; a shorter life is announced at its beginning. */
    private static final long NOTICE_MS = 10_000;

    /** A connection without a user is looked at so often, as its time to sign in may go on at any moment. */
    private static final long NAMELESS_MS = 1_000;

    private final GatewayConfig.Limits limits;
    private final SocketChannel channel;
    private final Heartbeat pulse;
    private final Credentials credentials;
    private final long endMs;
    private boolean announced;

    public KeepAlive(GatewayConfig.Limits limits, SocketChannel channel, Heartbeat pulse, Credentials credentials) {
        this.limits = limits;
        this.channel = channel;
        this.pulse = pulse;
        this.credentials = credentials;
        long lifeMs = limits.lifetimeSeconds() * 1000L;
        // Spread, as those who came in a storm must not leave in one.
        endMs = lifeMs == 0
                ? 0
                : pulse.openedMs() + lifeMs + ThreadLocalRandom.current().nextLong(-lifeMs / 10, lifeMs / 10 + 1);
    }

    /** The connection. */
    public interface Owner {
        /** Sends a notification. */
        void tell(String method, JsonObject params);

        /** The service could not be asked for too long whether it still accepts the token: nothing is delivered. */
        void doubted();

        /** The service has accepted the token again, which ends the doubt. */
        void trusted(Identity who);

        /** The token has expired: nothing is delivered until there is a new one. */
        void expired();
    }

    /** @return in how many milliseconds to call again */
    public long tick(long nowMs, @Nullable Identity who, Owner owner) {
        if (channel.closed()) {
            return pulse.pingMs();
        }
        if (pulse.tooLate(nowMs)) {
            channel.close(CloseCode.SILENT);
            return pulse.pingMs();
        }
        if (pulse.pingDue(nowMs)) {
            channel.ping();
        }
        if (pulse.quiet(nowMs, channel.lastWriteMs()) && channel.behind() == 0) {
            owner.tell("ping", new JsonObject());
        }
        long again = Math.min(pulse.next(nowMs, channel.lastWriteMs()), life(nowMs, owner));
        return Math.min(again, who == null ? NAMELESS_MS : watchToken(who, nowMs, owner));
    }

    /** Milliseconds until the next step of the end of a long life. */
    private long life(long nowMs, Owner owner) {
        if (endMs == 0) {
            return Long.MAX_VALUE;
        }
        long left = endMs - nowMs;
        if (left <= 0) {
            channel.close(CloseCode.GOING_AWAY);
        } else if (left <= NOTICE_MS && !announced) {
            announced = true;
            owner.tell("reconnect", new JsonObject().put("afterMs", left).put("reason", "maxLifetime"));
        }
        return announced ? left : left - NOTICE_MS;
    }

    private long watchToken(Identity who, long nowMs, Owner owner) {
        long graceMs = limits.expiredTokenSeconds() * 1000L;
        switch (who.advice(nowMs, graceMs)) {
            case ANNOUNCE -> {
                String expiresOn = who.token().expiresOn().toString();
                owner.tell("tokenExpiring", new JsonObject().put("expiresOn", expiresOn));
            }
            case PAUSE -> owner.expired();
            case CLOSE -> channel.close(CloseCode.TOKEN_EXPIRED);
            case DOUBT -> owner.doubted();
            case PROVE_AGAIN ->
                credentials.again(who).onSuccess(regained -> {
                    if (regained) {
                        owner.trusted(who);
                    }
                });
            case NOTHING -> {}
        }
        return who.next(nowMs, graceMs);
    }
}
