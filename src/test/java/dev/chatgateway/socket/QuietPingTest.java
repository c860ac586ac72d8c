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
import dev.chatgateway.socket.transport.Traffic;
import dev.chatgateway.tracing.Tracer;
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

/** A browser sees texts only: when the last one is a ping interval old it gets a {@code ping}, in virtual time. */
class QuietPingTest {
    private static final long START = 1_800_000_000_000L;
    private static final long SECOND = 1_000;
    private static final long PING_MS = 25 * SECOND;

    /** Before the token's proof is due to be renewed. */
    private static final long END_MS = 500 * SECOND;

    private final VirtualClock clock = new VirtualClock(START);
    private final VirtualWire wire = new VirtualWire(clock);
    private final List<Long> texts = wire.writtenAt;
    private final GatewayConfig.Limits limits = limits();
    private final SocketChannel channel =
            new SocketChannel(wire, limits, new PrometheusPage(Tracer.NONE).gateway(), new Traffic(), clock);
    private final Identity who = new Identity(Tokens.of("ann"), START);
    private final Heartbeat pulse = new Heartbeat(limits, START);

    private static GatewayConfig.Limits limits() {
        try {
            return new ConfigLoader().load(Optional.empty(), Map.of()).config().limits();
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ticks whole seconds, as the wheel of a loop does, and as late as it is told. */
    private void live(long untilMs, List<Long> writes) {
        pulse.named(START);
        KeepAlive upkeep = new KeepAlive(limits, channel, pulse, null);
        List<Long> left = new ArrayList<>(writes);
        long dueMs = START + SECOND;
        for (long turn = START + SECOND; turn <= START + untilMs; turn += SECOND) {
            while (!left.isEmpty() && left.get(0) < turn) {
                clock.nowMs = left.remove(0);
                channel.send("event");
            }
            clock.nowMs = turn;
            pulse.heard(turn, 1);
            if (turn >= dueMs) {
                dueMs = turn + Math.max(SECOND, upkeep.tick(turn, who, new Teller()));
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
    void silence_is_one_interval_however_texts_fall(RepetitionInfo run) {
        Random random = new Random(run.getCurrentRepetition());
        List<Long> writes = new ArrayList<>();
        for (long at = START; at < START + END_MS; at += 1 + random.nextInt(60_000)) {
            writes.add(at);
        }
        live(END_MS, writes);

        assertThat(longestSilence(END_MS)).isBetween(PING_MS, PING_MS + SECOND);
    }

    @Test
    void text_after_a_ping_frame_puts_the_ping_off() {
        live(60 * SECOND, List.of(START + 24 * SECOND));

        assertThat(texts).containsExactly(START + 24 * SECOND, START + 49 * SECOND);
        assertThat(wire.pings).as("ping frames keep their own time").isEqualTo(2);
    }

    @Test
    void busy_connection_gets_no_ping() {
        List<Long> writes = new ArrayList<>();
        for (long at = START; at < START + END_MS; at += 20 * SECOND) {
            writes.add(at);
        }
        live(END_MS, writes);

        assertThat(texts).hasSameSizeAs(writes);
    }

    @Test
    void slow_reader_gets_no_ping_behind_its_backlog() {
        wire.untaken = 1;
        live(120 * SECOND, List.of());

        assertThat(texts).isEmpty();
    }

    private final class Teller implements KeepAlive.Owner {
        @Override
        public void tell(String method, JsonObject params) {
            assertThat(method).isEqualTo("ping");
            channel.send(method);
        }

        @Override
        public void doubted() {}

        @Override
        public void trusted(Identity who) {}

        @Override
        public void expired() {}
    }
}
