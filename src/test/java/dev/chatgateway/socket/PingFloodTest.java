package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Pongs are the one thing that a client can order without limit; see also {@link ConformanceControlIT}. */
class PingFloodTest {
    private static final int PINGS = 10_000;
    private static final int PONG_BYTES = 127;
    private static final int NETTY_HIGH_WATER = 65_536;

    @Test
    void a_peer_that_sends_pings_and_reads_nothing_is_owed_the_newest_pong_only() throws IOException {
        EmbeddedTransport wire = new EmbeddedTransport();
        send(wire, 0);
        wire.reading(false);
        for (int i = 1; i < PINGS; i++) {
            send(wire, i);
        }
        assertThat(wire.waiting()).isBetween(NETTY_HIGH_WATER / 2L, NETTY_HIGH_WATER * 2L);
        wire.reading(true);
        assertThat(wire.waiting()).isZero();
        send(wire, PINGS);

        ByteBuffer pongs = ByteBuffer.wrap(wire.end());
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
    void a_pong_that_is_owed_at_the_end_is_given_back() throws IOException {
        EmbeddedTransport wire = new EmbeddedTransport();
        wire.reading(false);
        for (int i = 0; i < PINGS; i++) {
            send(wire, i);
        }
        // Looks that no memory is left, and the leak detection of the build does.
        wire.end();
        assertThat(wire.ends).isEqualTo(1);
    }

    private static void send(EmbeddedTransport wire, int number) {
        byte[] ping = RawPeer.frame(
                RawPeer.PING, ByteBuffer.allocate(125).putInt(number).array());
        wire.bytes(ping, 0, ping.length);
    }

    private static int number(ByteBuffer pongs, int index) {
        assertThat(pongs.get(index * PONG_BYTES) & 0xff).isEqualTo(RawPeer.PONG);
        return pongs.getInt(index * PONG_BYTES + 2);
    }
}
