package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.ChatSocket;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.HeldSocket;
import dev.chatgateway.testing.RawHttp1;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Unauthenticated connections are limited together and are evicted by client address. */
class UnauthenticatedConnectionsTest {
    private static final int BYTES = 4 * 1024 * 1024;

    /** How many plain connections of 16 KiB fit. */
    private static final int FIT = BYTES / 16_384;

    @RegisterExtension
    static final GatewayExtension SMALL = new GatewayExtension()
            .with("limits.unsignedBytes", String.valueOf(BYTES))
            .with("limits.handshakeSeconds", "20")
            .with("limits.authenticateSeconds", "60");

    @RegisterExtension
    static final GatewayExtension FEW_PLACES =
            new GatewayExtension().with("limits.connections", "60").with("limits.authenticateSeconds", "60");

    @RegisterExtension
    static final GatewayExtension PROXIED = new GatewayExtension()
            .with("limits.connections", "60")
            .with("limits.authenticateSeconds", "60")
            .with("http.trustedProxies", "127.0.0.9");

    private final List<HeldSocket> held = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (HeldSocket socket : held) {
            socket.close();
        }
    }

    /** Connections in each state: silent, inside a head, after a response, inside a later head, upgraded. */
    @ParameterizedTest
    @ValueSource(strings = {"silent", "head", "answered", "laterHead", "upgraded"})
    void address_that_fills_the_node_does_not_block_others(String kind) throws IOException {
        ServiceUser ann = ServiceUser.create(SMALL);
        URI to = SMALL.endpoints().http();
        double before = hits("unsigned");

        for (int i = 0; i < FIT + 200; i++) {
            hold(new HeldSocket(to, "127.0.0.2"), to, kind);
        }

        assertThat(hits("unsigned")).isGreaterThan(before);
        assertThat(metric("chatgateway_unsigned_connections_bytes ")).isLessThanOrEqualTo(BYTES);
        for (int i = 0; i < 20; i++) {
            try (ChatSocket socket = ChatSocket.signIn(SMALL, ann)) {
                assertThat(socket.call("ping", new JsonObject())).isEmpty();
            }
        }
    }

    private void hold(HeldSocket socket, URI to, String kind) {
        held.add(socket);
        try {
            if (kind.equals("head")) {
                socket.send("GET / HTTP/1.1\r\nX-Long: " + "x".repeat(7_000));
            } else if (!kind.equals("silent")) {
                socket.send(kind.equals("upgraded") ? RawHttp1.upgrade(to) : RawHttp1.head(to, "HEAD", "/page.json"));
                socket.head();
                if (kind.equals("laterHead")) {
                    socket.send("GET / HTTP/1.1\r\nX-Long: " + "x".repeat(7_000));
                }
            }
        } catch (IOException refused) {
            // Expected from some number of connections on.
        }
    }

    /**
     * Each connection of another address evicts the oldest one of the largest address. Authenticated connections stay.
     */
    @Test
    void unauthenticated_sockets_are_evicted_for_other_addresses() throws IOException {
        URI to = FEW_PLACES.endpoints().http();
        ServiceUser ann = ServiceUser.create(FEW_PLACES);
        int upgraded = 0;
        for (int i = 0; i < 66; i++) {
            HeldSocket socket = new HeldSocket(to, "127.0.0.2");
            held.add(socket);
            upgraded += socket.send(RawHttp1.upgrade(to)).head().startsWith("HTTP/1.1 101") ? 1 : 0;
        }
        // On a slow machine the first ones may be overdue already.
        assertThat(upgraded).isGreaterThanOrEqualTo(60);

        List<ChatSocket> others = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            others.add(ChatSocket.signIn(FEW_PLACES, ann));
        }

        assertThat(others).allMatch(ChatSocket::open);
        assertThat(held.get(0).end().text()).contains("nodeFull");
        others.forEach(ChatSocket::close);
    }

    @Test
    void connections_of_a_trusted_proxy_count_for_their_clients() throws IOException {
        URI to = PROXIED.endpoints().http();
        for (int i = 0; i < 60; i++) {
            HeldSocket socket = new HeldSocket(to, "127.0.0.9");
            held.add(socket);
            // An IPv6 client has a whole /64.
            String from = "X-Forwarded-For: 2001:DB8:0:1::" + Integer.toHexString(i);
            assertThat(socket.send(RawHttp1.upgrade(to, from)).head()).startsWith("HTTP/1.1 101");
        }

        HeldSocket same = new HeldSocket(to, "127.0.0.9");
        held.add(same);
        assertThat(same.send(RawHttp1.upgrade(to, "X-Forwarded-For: 2001:db8::1:0:0:0:ffff"))
                        .head())
                .startsWith("HTTP/1.1 503");
        HeldSocket other = new HeldSocket(to, "127.0.0.9");
        held.add(other);
        assertThat(other.send(RawHttp1.upgrade(to, "X-Forwarded-For: 2001:db8:0:2::1"))
                        .head())
                .startsWith("HTTP/1.1 101");
    }

    private static double hits(String limit) {
        return metric("chatgateway_limits_hit_total{limit=\"" + limit + "\"} ");
    }

    private static double metric(String series) {
        return SMALL.management("/metrics")
                .lines()
                .filter(line -> line.startsWith(series))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst()
                .orElse(0);
    }
}
