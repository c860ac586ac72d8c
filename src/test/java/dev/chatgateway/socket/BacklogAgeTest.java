package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.metrics.PrometheusPage;
import dev.chatgateway.socket.connection.SocketChannel;
import dev.chatgateway.socket.transport.TrafficCounters;
import dev.chatgateway.tracing.Tracer;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** When a slow reader counts as making progress. In virtual time. */
class BacklogAgeTest {
    private static final long START = 1_800_000_000_000L;
    private static final int BACKLOG = 1_000_000;
    private static final int NONE = 0;

    private final VirtualClock clock = new VirtualClock(START);
    private final VirtualTransport transport = new VirtualTransport(clock);
    private SocketChannel channel;
    private int limitSeconds;

    @BeforeEach
    void fill() throws Exception {
        GatewayConfig.Limits limits =
                new ConfigLoader().load(Optional.empty(), Map.of()).config().limits();
        limitSeconds = limits.outboundSeconds();
        channel = new SocketChannel(
                transport, limits, new PrometheusPage(Tracer.NONE).gateway(), new TrafficCounters(), clock);
        transport.reading = false;
        channel.send("x".repeat(BACKLOG));
    }

    /** Runs until the connection is closed or the time is over. Returns the seconds passed. */
    private int run(int seconds, int readPerSecond) {
        for (int second = 1; second <= seconds; second++) {
            clock.nowMs = START + second * 1_000L;
            transport.unread = Math.max(0, transport.unread - readPerSecond);
            channel.checkBacklog(clock.nowMs);
            if (transport.closeCode != NONE) {
                return second;
            }
        }
        return seconds;
    }

    @Test
    void reader_that_makes_progress_is_kept() {
        assertThat(run(60, 16_000)).isEqualTo(60);
        assertThat(transport.closeCode).isEqualTo(NONE);
        assertThat(transport.unread).isLessThan(BACKLOG / 4).isPositive();
    }

    @Test
    void reader_without_progress_is_closed_after_the_limit() {
        assertThat(run(60, 0)).isEqualTo(limitSeconds + 2);
        assertThat(transport.closeCode).isEqualTo(4413);
    }

    @Test
    void trickle_does_not_count_as_progress() {
        assertThat(run(60, 100)).isEqualTo(limitSeconds + 2);
        assertThat(transport.closeCode).isEqualTo(4413);
    }

    @Test
    void reader_that_stops_later_is_closed_after_the_limit() {
        assertThat(run(30, 20_000)).isEqualTo(30);
        for (int second = 31; second <= 60 && transport.closeCode == NONE; second++) {
            channel.checkBacklog(START + second * 1_000L);
        }
        assertThat(transport.closeCode).isEqualTo(4413);
    }
}
