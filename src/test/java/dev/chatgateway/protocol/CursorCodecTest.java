package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chatgateway.event.Position;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class CursorCodecTest {
    private static final String THREAD = "19:MZl1BBbLpDcFvKOCMWDX0b0w6nDzM8HVnxBFQWvTIxg1@thread.v2";
    private static final Position POSITION =
            new Position(1_800_000_000_123L, -7, 1_700_000_000_000L, 200, Long.MIN_VALUE, Integer.MAX_VALUE, 5, -1);

    private final CursorCodec codec = new CursorCodec(key(1), null);

    @Test
    void comes_back_as_it_went() {
        String cursor = codec.encode(THREAD, POSITION);
        assertThat(cursor).hasSizeLessThan(200).matches("[A-Za-z0-9_-]+");
        assertThat(codec.decode(THREAD, cursor)).isEqualTo(new Cursor(THREAD, POSITION));
    }

    @Test
    void a_changed_bit_anywhere_is_refused() {
        byte[] bytes = Base64.getUrlDecoder().decode(codec.encode(THREAD, POSITION));
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] changed = bytes.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            String cursor = Base64.getUrlEncoder().withoutPadding().encodeToString(changed);
            assertThatThrownBy(() -> codec.decode(THREAD, cursor)).isInstanceOf(RpcError.class);
        }
    }

    @Test
    void another_thread_another_key_and_nonsense_are_refused() {
        String cursor = codec.encode(THREAD, POSITION);
        assertThatThrownBy(() -> codec.decode("19:other@thread.v2", cursor))
                .hasMessageContaining("cursor: of another thread");
        assertThatThrownBy(() -> new CursorCodec(key(2), null).decode(THREAD, cursor))
                .hasMessageContaining("cursor: not made by this gateway");
        for (String nonsense : new String[] {"", "!", "AAAA", cursor + "A", cursor.substring(4)}) {
            assertThatThrownBy(() -> codec.decode(THREAD, nonsense)).isInstanceOf(RpcError.class);
        }
    }

    /** What a client acknowledges is measured by it, so nobody may make it up; which thread it is of does not matter. */
    @Test
    void its_version_is_told_of_what_this_gateway_signed_only() {
        String cursor = codec.encode(THREAD, POSITION);
        assertThat(codec.version(cursor)).hasValue(POSITION.version());
        assertThat(new CursorCodec(key(2), key(1)).version(cursor)).hasValue(POSITION.version());
        assertThat(new CursorCodec(key(2), null).version(cursor)).isEmpty();
        for (String nonsense : new String[] {"", "!", "AAAA", cursor + "A", cursor.substring(4)}) {
            assertThat(codec.version(nonsense)).as(nonsense).isEmpty();
        }
    }

    @Test
    void a_key_can_be_rotated() {
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

    private static byte[] key(int seed) {
        byte[] key = new byte[32];
        key[0] = (byte) seed;
        return key;
    }
}
