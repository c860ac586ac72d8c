package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/**
 * Memory of pongs is bounded for a client that sends pings and does not read. See also {@link ConformanceControlTest}.
 */
class PingFloodTest {
    private static final int PINGS = 10_000;
    private static final int PONG_BYTES = 127;
    private static final int NETTY_HIGH_WATER = 65_536;

    @Test
    void peer_that_reads_nothing_gets_only_the_newest_pong() throws IOException {
        EmbeddedTransport transport = new EmbeddedTransport();
        send(transport, 0);
        transport.setReading(false);
        for (int i = 1; i < PINGS; i++) {
            send(transport, i);
        }
        assertThat(transport.pendingBytes()).isBetween(NETTY_HIGH_WATER / 2L, NETTY_HIGH_WATER * 2L);
        transport.setReading(true);
        assertThat(transport.pendingBytes()).isZero();
        send(transport, PINGS);

        ByteBuffer pongs = ByteBuffer.wrap(transport.end());
        int count = pongs.remaining() / PONG_BYTES;
        assertThat(count).isLessThan(1_000);
        assertThat(number(pongs, 0)).isZero();
        for (int i = 1; i < count - 2; i++) {
            assertThat(number(pongs, i)).isEqualTo(i);
        }
        assertThat(number(pongs, count - 2)).isEqualTo(PINGS - 1);
        assertThat(number(pongs, count - 1)).isEqualTo(PINGS);
    }

    @Test
    void pending_pong_is_released_when_the_channel_closes() throws IOException {
        EmbeddedTransport transport = new EmbeddedTransport();
        transport.setReading(false);
        for (int i = 0; i < PINGS; i++) {
            send(transport, i);
        }
        // Asserts that no buffer is left, as does the leak detection of the build.
        transport.end();
        assertThat(transport.closes).isEqualTo(1);
    }

    private static void send(EmbeddedTransport transport, int number) {
        byte[] ping = RawPeer.frame(
                RawPeer.PING, ByteBuffer.allocate(125).putInt(number).array());
        transport.receive(ping, 0, ping.length);
    }

    private static int number(ByteBuffer pongs, int index) {
        assertThat(pongs.get(index * PONG_BYTES) & 0xff).isEqualTo(RawPeer.PONG);
        return pongs.getInt(index * PONG_BYTES + 2);
    }
}
