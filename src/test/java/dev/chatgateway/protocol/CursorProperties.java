package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.RecentStates;
import java.util.Base64;

/** Any position round-trips. Any text that is not a cursor of this gateway is refused with invalid params. */
class CursorProperties {
    private static final CursorCodec CODEC = new CursorCodec(new byte[32], null);

    private static RecentStates recent(FuzzedDataProvider data) {
        RecentStates.Builder states = new RecentStates.Builder();
        for (int i = data.consumeInt(0, 20); i > 0; i--) {
            states.add(data.consumeLong(), data.consumeLong());
        }
        RecentStates built = states.build();
        return data.consumeBoolean() ? built.within(data.consumeLong()) : built;
    }

    @FuzzTest(maxDuration = "4s")
    void only_own_cursors_are_accepted(FuzzedDataProvider data) {
        Position position = new Position(
                data.consumeLong(),
                recent(data),
                data.consumeBoolean()
                        ? new Position.Since(data.consumeLong())
                        : new Position.Hashed(data.consumeInt(), data.consumeInt(), data.consumeInt()));
        boolean raw = data.consumeBoolean();
        String thread = data.consumeString(80);
        String cursor = CODEC.encode(thread, position);
        assertThat(CODEC.decode(thread, cursor).position()).isEqualTo(position);
        assertThat(cursor).hasSizeLessThan(200);
        String made = raw
                ? data.consumeRemainingAsString()
                : Base64.getUrlEncoder().withoutPadding().encodeToString(data.consumeRemainingAsBytes());
        try {
            CODEC.decode(thread, made);
            assertThat(made).isEqualTo(cursor);
        } catch (RpcError refused) {
            assertThat(refused.code()).isEqualTo(RpcError.INVALID_PARAMS);
        }
    }
}
