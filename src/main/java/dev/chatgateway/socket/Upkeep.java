package dev.chatgateway.socket;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.protocol.CloseCode;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What time asks of a connection: that it names itself, is heard of, and has a token in force. Owned by its loop. */
final class Upkeep {
    private final GatewayConfig.Limits limits;
    private final SocketChannel channel;
    private final Pulse pulse;
    private final Credentials credentials;

    Upkeep(GatewayConfig.Limits limits, SocketChannel channel, Pulse pulse, Credentials credentials) {
        this.limits = limits;
        this.channel = channel;
        this.pulse = pulse;
        this.credentials = credentials;
    }

    /** The connection. */
    interface Owner {
        /** Sends a notification. */
        void tell(String method, JsonObject params);

        /** The token has expired: nothing is delivered until there is a new one. */
        void expired();
    }

    /**
     * @param nameless whether the connection has no proven user yet
     * @return in how many milliseconds to call again
     */
    long tick(long nowMs, boolean nameless, @Nullable Identity who, Owner owner) {
        if (channel.closed()) {
            return pulse.pingMs();
        }
        if (pulse.tooLate(nowMs, nameless)) {
            channel.close(CloseCode.SILENT);
            return pulse.pingMs();
        }
        if (pulse.pingDue(nowMs)) {
            channel.ping();
            if (pulse.quiet(nowMs, channel.lastWriteMs())) {
                owner.tell("ping", new JsonObject());
            }
        }
        long again = pulse.next(nowMs, nameless);
        return who == null ? again : Math.min(again, watchToken(who, nowMs, owner));
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
            case PROVE_AGAIN -> credentials.again(who).onFailure(refused -> channel.close(CloseCode.TOKEN_EXPIRED));
            case NOTHING -> {}
        }
        return who.next(nowMs, graceMs);
    }
}
