package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.metrics.PrometheusPage;
import dev.chatgateway.socket.connection.Heartbeat;
import dev.chatgateway.socket.connection.Identity;
import dev.chatgateway.socket.connection.KeepAlive;
import dev.chatgateway.socket.connection.SocketChannel;
import dev.chatgateway.socket.transport.TrafficCounters;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/**
 * Scripts in a browser do not see ping frames. When no text was sent for a ping interval, the connection sends a text
 * ping. In virtual time.
 */
class QuietPingTest {
    private static final long START = 1_800_000_000_000L;
    private static final long SECOND = 1_000;
    private static final long PING_MS = 25 * SECOND;

    /** Before the proof of the token is renewed. */
    private static final long END_MS = 500 * SECOND;

    private final VirtualClock clock = new VirtualClock(START);
    private final VirtualTransport transport = new VirtualTransport(clock);
    private final List<Long> texts = transport.writtenAt;
    private final GatewayConfig.Limits limits = limits();
    private final SocketChannel channel = new SocketChannel(
            transport, limits, new PrometheusPage(Tracing.OFF).gateway(), new TrafficCounters(), clock);
    private final Identity identity = new Identity(Tokens.of("ann"), START);
    private final Heartbeat heartbeat = new Heartbeat(limits, limits.pingSeconds(), START);

    private static GatewayConfig.Limits limits() {
        try {
            return new ConfigLoader().load(Optional.empty(), Map.of()).config().limits();
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ticks each second, as {@code TimerWheel} does, and calls {@link KeepAlive#tick} when it is due. */
    private void run(long untilMs, List<Long> writes) {
        heartbeat.authenticationStarted(START);
        KeepAlive keepAlive = new KeepAlive(limits, channel, heartbeat, null);
        List<Long> remaining = new ArrayList<>(writes);
        long dueMs = START + SECOND;
        for (long nowMs = START + SECOND; nowMs <= START + untilMs; nowMs += SECOND) {
            while (!remaining.isEmpty() && remaining.get(0) < nowMs) {
                clock.nowMs = remaining.remove(0);
                channel.send("event");
            }
            clock.nowMs = nowMs;
            heartbeat.frameReceived(nowMs, 1);
            if (nowMs >= dueMs) {
                dueMs = nowMs + Math.max(SECOND, keepAlive.tick(nowMs, identity, new PingOwner()));
            }
        }
    }

    private long longestSilence(long endMs) {
        long before = START;
        long longest = 0;
        for (long text : texts) {
            longest = Math.max(longest, text - before);
            before = text;
        }
        return Math.max(longest, START + endMs - before);
    }

    @RepeatedTest(50)
    void silence_lasts_at_most_one_ping_interval(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        List<Long> writes = new ArrayList<>();
        for (long at = START; at < START + END_MS; at += 1 + random.nextInt(60_000)) {
            writes.add(at);
        }
        run(END_MS, writes);

        assertThat(longestSilence(END_MS)).isBetween(PING_MS, PING_MS + SECOND);
    }

    @Test
    void text_after_a_ping_frame_delays_the_text_ping() {
        run(60 * SECOND, List.of(START + 24 * SECOND));

        assertThat(texts).containsExactly(START + 24 * SECOND, START + 49 * SECOND);
        assertThat(transport.pings).as("ping frames have their own schedule").isEqualTo(2);
    }

    @Test
    void busy_connection_gets_no_text_ping() {
        List<Long> writes = new ArrayList<>();
        for (long at = START; at < START + END_MS; at += 20 * SECOND) {
            writes.add(at);
        }
        run(END_MS, writes);

        assertThat(texts).hasSameSizeAs(writes);
    }

    @Test
    void slow_reader_gets_no_text_ping() {
        transport.unread = 1;
        run(120 * SECOND, List.of());

        assertThat(texts).isEmpty();
    }

    private final class PingOwner implements KeepAlive.Owner {
        @Override
        public void sendNotification(String method, JsonObject params) {
            assertThat(method).isEqualTo("ping");
            channel.send(method);
        }

        @Override
        public void proofOverdue() {}

        @Override
        public void proofRenewed(Identity renewed) {}

        @Override
        public void tokenExpired() {}
    }
}
