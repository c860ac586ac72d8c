package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.event.Position;
import dev.chatgateway.event.RecentStates;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class CursorCodecTest {
    private static final String THREAD = "19:MZl1BBbLpDcFvKOCMWDX0b0w6nDzM8HVnxBFQWvTIxg1@thread.v2";
    private static final Position POSITION = new Position(1_800_000_000_123L, states(3), Integer.MAX_VALUE, 5, -1);

    private final CursorCodec codec = new CursorCodec(key(1), null);

    @Test
    void position_round_trips() {
        String cursor = codec.encode(THREAD, POSITION);
        assertThat(cursor).hasSizeLessThan(200).matches("[A-Za-z0-9_-]+");
        assertThat(codec.decode(THREAD, cursor)).isEqualTo(new Cursor(THREAD, POSITION));
    }

    @Test
    void cursor_with_any_changed_bit_is_refused() {
        byte[] bytes = Base64.getUrlDecoder().decode(codec.encode(THREAD, POSITION));
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] changed = bytes.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            String cursor = Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
            assertThatThrownBy(() -> codec.decode(THREAD, cursor)).isInstanceOf(RpcError.class);
        }
    }

    @Test
    void cursor_of_another_thread_or_key_or_garbage_is_refused() {
        String cursor = codec.encode(THREAD, POSITION);
        assertThatThrownBy(() -> codec.decode("19:other@thread.v2", cursor))
                .hasMessageContaining("cursor: of another thread");
        assertThatThrownBy(() -> new CursorCodec(key(2), null).decode(THREAD, cursor))
                .hasMessageContaining("cursor: not made by this gateway");
        for (String nonsense : new String[] {"", "!", "AAAA", cursor + "A", cursor.substring(4)}) {
            assertThatThrownBy(() -> codec.decode(THREAD, nonsense)).isInstanceOf(RpcError.class);
        }
    }

    /** Used to measure acknowledged events, so a forged cursor must not count. The thread is not checked. */
    @Test
    void version_is_returned_for_own_cursors_only() {
        String cursor = codec.encode(THREAD, POSITION);
        assertThat(codec.version(cursor)).hasValue(POSITION.version());
        assertThat(new CursorCodec(key(2), key(1)).version(cursor)).hasValue(POSITION.version());
        assertThat(new CursorCodec(key(2), null).version(cursor)).isEmpty();
        for (String nonsense : new String[] {"", "!", "AAAA", cursor + "A", cursor.substring(4)}) {
            assertThat(codec.version(nonsense)).as(nonsense).isEmpty();
        }
    }

    @Test
    void cursor_key_can_be_rotated() {
        CursorCodec rotated = new CursorCodec(key(2), key(1));
        assertThat(rotated.decode(THREAD, codec.encode(THREAD, POSITION)).position())
                .isEqualTo(POSITION);
        assertThat(new CursorCodec(key(2), null)
                        .decode(THREAD, rotated.encode(THREAD, POSITION))
                        .position())
                .isEqualTo(POSITION);
        assertThatThrownBy(() -> new CursorCodec(new byte[8], null))
                .hasMessage("cursor key: 8 bytes (expected: 16 or more)");
    }

    /** Up to seven states are encoded one by one, more as a sum. */
    @Test
    void recent_states_round_trip() {
        for (int count = 0; count <= 40; count++) {
            Position position = new Position(1_800_000_000_123L, states(count), 1, 2, 3);
            Position read = codec.decode(THREAD, codec.encode(THREAD, position)).position();
            assertThat(read).isEqualTo(position);
            assertThat(read.recent().named()).isEqualTo(count <= RecentStates.MOST_NAMED);
            assertThat(read.recent().has(1, 1)).isEqualTo(count > 0 && count <= RecentStates.MOST_NAMED);
            assertThat(read.recent().has(1, 2)).isFalse();
        }
    }

    @Test
    void position_at_a_time_round_trips() {
        long time = 1_800_000_000_123L;
        for (int count : new int[] {0, 3, 7, 40}) {
            Position position = new Position(time + 5, states(count), new Position.Since(time));
            assertThat(codec.decode(THREAD, codec.encode(THREAD, position)).position())
                    .isEqualTo(position);
            assertThat(position.isStart()).isFalse();
        }
        Position start = Position.atTime(time);
        assertThat(codec.decode(THREAD, codec.encode(THREAD, start)).position()).isEqualTo(start);
        assertThat(start.isStart()).isTrue();
        assertThat(codec.version(codec.encode(THREAD, start))).hasValue(time);
    }

    @Test
    void span_of_the_recent_states_round_trips() {
        for (long span : new long[] {0, 1, 9_999, Long.MAX_VALUE}) {
            Position position = new Position(1_800_000_000_123L, states(40).within(span), 1, 2, 3);
            assertThat(codec.decode(THREAD, codec.encode(THREAD, position)).position())
                    .isEqualTo(position);
        }
        assertThat(states(3).within(500)).as("each is named").isEqualTo(states(3));
    }

    /** A cursor signed by release 0.1: version, hash of ids, start, number and hash of its window, three hashes. */
    @Test
    void cursor_of_release_0_1_decodes_a_minute_earlier() throws GeneralSecurityException {
        ByteBuffer cursor = ByteBuffer.wrap(Base64.getUrlDecoder().decode(codec.encode(THREAD, POSITION)));
        cursor.position(1 + 16)
                .putLong(1_800_000_000_123L)
                .putInt(77)
                .putLong(1_700_000_000_000L)
                .putInt(200)
                .putLong(-1)
                .putInt(4)
                .putInt(5)
                .putInt(6);
        assertThat(codec.decode(THREAD, signed(cursor)).position())
                .isEqualTo(new Position(1_800_000_000_123L - 60_000, RecentStates.NONE, 4, 5, 6));
    }

    /** A node of release 0.1 decodes a range start after all messages and a negative count: it answers with a resync. */
    @Test
    void node_of_release_0_1_can_decode_the_cursor() {
        for (int count : new int[] {0, 3, 7, 40}) {
            Position position = new Position(1_800_000_000_123L, states(count), 1, 2, 3);
            ByteBuffer cursor = ByteBuffer.wrap(Base64.getUrlDecoder().decode(codec.encode(THREAD, position)));
            assertThat(cursor.capacity()).isEqualTo(77);
            assertThat(cursor.get(0)).isEqualTo((byte) 1);
            assertThat(cursor.getLong(1 + 16 + 8 + 4)).as("start").isGreaterThan(9_000_000_000_000_000_000L);
            assertThat(cursor.getInt(1 + 16 + 8 + 4 + 8)).as("number").isNegative();
        }
    }

    private static RecentStates states(int count) {
        RecentStates.Builder states = new RecentStates.Builder();
        for (int i = 1; i <= count; i++) {
            states.add(i, i);
        }
        return states.build();
    }

    private static String signed(ByteBuffer cursor) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key(1), "HmacSHA256"));
        byte[] derived = mac.doFinal("chatgateway cursor 1".getBytes(StandardCharsets.US_ASCII));
        mac.init(new SecretKeySpec(derived, "HmacSHA256"));
        mac.update(cursor.array(), 0, 61);
        cursor.put(61, mac.doFinal(), 0, 16);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(cursor.array());
    }

    private static byte[] key(int seed) {
        byte[] key = new byte[32];
        key[0] = (byte) seed;
        return key;
    }
}
