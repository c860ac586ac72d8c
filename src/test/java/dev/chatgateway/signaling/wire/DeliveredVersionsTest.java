package dev.chatgateway.signaling.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeliveredVersionsTest {
    private final DeliveredVersions delivered = new DeliveredVersions();

    @Test
    void same_and_older_states_are_known() {
        delivered.add(state("t", 1, 5));
        assertThat(delivered.has(state("t", 1, 5))).isTrue();
        assertThat(delivered.has(state("t", 1, 4))).isTrue();
        assertThat(delivered.has(state("t", 1, 6))).isFalse();
        assertThat(delivered.has(state("other", 1, 5))).isFalse();
        delivered.add(state("t", 1, 6));
        assertThat(delivered.has(state("t", 1, 6))).isTrue();
    }

    @Test
    void only_the_last_512_are_kept() {
        for (int id = 1; id <= 700; id++) {
            delivered.add(state("t", id, id));
        }
        assertThat(delivered.has(state("t", 188, 188))).isFalse();
        assertThat(delivered.has(state("t", 189, 189))).isTrue();
        assertThat(delivered.has(state("t", 700, 700))).isTrue();
    }

    private static ChatEvent state(String thread, long id, long version) {
        return new ChatEvent.MessageReceived(
                thread,
                new ChatMessage(
                        Long.toString(id),
                        version,
                        MessageType.TEXT,
                        Instant.EPOCH,
                        "8:acs:a",
                        "",
                        "x",
                        null,
                        List.of(),
                        null,
                        null,
                        null,
                        null,
                        Map.of()));
    }
}
