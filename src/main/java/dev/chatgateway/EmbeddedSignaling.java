package dev.chatgateway;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.config.HostAndPort;
import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.embedded.operations.LiveChannel;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.signaling.SignalingProtocol;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The live channel that the embedded service names: that of a configured gateway, or of the gateway of this process if
 * the embedded service is its chat service (another service would refuse the users' tokens). Any thread.
 */
final class EmbeddedSignaling implements LiveChannel {
    private static final List<String> ANY_ADDRESS = List.of("0.0.0.0", "::");
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "::1");

    private static final long TYPING_MS = 300;

    private final GatewayConfig config;
    private final Clock clock;
    private volatile @Nullable Opened opened;

    EmbeddedSignaling(GatewayConfig config, Clock clock) {
        this.config = config;
        this.clock = clock;
    }

    /** A started gateway; plain is the port of its plain listener, null without one. */
    private record Opened(@Nullable Integer plain, int tls, Vertx vertx, ThreadFeed feed) {}

    /** To be called when the gateway's listeners are open. The ports: the plain one, if there is one, and the TLS port. */
    void opened(List<Integer> ports, Vertx vertx, ThreadFeed feed) {
        int tls = ports.get(ports.size() - 1);
        opened = new Opened(config.http().enabled() ? ports.get(0) : null, tls, vertx, feed);
    }

    /** Whether the users of this service can use the live channel of the own gateway. */
    private boolean servedHere() {
        return config.signaling().enabled() && config.upstream().endpoint() == null;
    }

    /**
     * The gateway passes on what its own users type as soon as the service has answered, and then ignores this call; so
     * it waits for that.
     */
    @Override
    public void typed(String threadId, String userId, String displayName) {
        Opened gateway = opened;
        if (gateway == null || !servedHere() || config.embedded().signalingEndpoint() != null) {
            return;
        }
        Instant now = clock.instant();
        gateway.vertx().setTimer(TYPING_MS, fired -> gateway.feed().typingPushed(threadId, userId, displayName, now));
    }

    @Override
    public Location locate(String base) {
        String configured = config.embedded().signalingEndpoint();
        if (config.embedded().signalingOff()) {
            return new NotServed();
        } else if (configured != null) {
            return PublicOrigin.parse(configured).map(EmbeddedSignaling::at).orElseGet(NotServed::new);
        }
        if (!servedHere()) {
            return new NotServed();
        }
        Optional<PublicOrigin> known =
                Optional.ofNullable(config.http().publicEndpoint()).flatMap(PublicOrigin::parse);
        return known.or(() -> listener(base)).map(EmbeddedSignaling::at).orElseGet(Starting::new);
    }

    private static Location at(PublicOrigin origin) {
        JsonObject found = SignalingProtocol.configuration(origin);
        return new Served(
                found.getString("trouterServiceUrl"),
                found.getString("registrarServiceUrl"),
                found.getString("cloudType"));
    }

    /** The listener with the scheme of the client's request, if there is one, under the host of that request. */
    private Optional<PublicOrigin> listener(String base) {
        Opened open = opened;
        if (open == null) {
            return Optional.empty();
        }
        Integer plain = base.startsWith("http:") ? open.plain() : null;
        String host = host(base);
        return plain == null
                ? PublicOrigin.sent("https", host + ":" + open.tls())
                : PublicOrigin.sent("http", host + ":" + plain);
    }

    /** The gateway's own address where it differs from that of the embedded service; else the host of the request. */
    private String host(String base) {
        String own = config.http().host();
        boolean together = own.equals(config.embedded().host()) || ANY_ADDRESS.contains(own) || LOOPBACK.contains(own);
        if (!together) {
            return own.indexOf(':') >= 0 ? "[" + own + "]" : own;
        }
        return PublicOrigin.parse(base)
                .flatMap(origin -> HostAndPort.parse(origin.authority()))
                .map(HostAndPort::host)
                .orElse("localhost");
    }
}
