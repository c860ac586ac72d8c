package dev.chatgateway.signaling.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PushQueueTest {
    private final List<Long> written = new ArrayList<>();

    @Test
    void unacknowledged_pushes_are_written_again_in_order() {
        PushQueue queue = new PushQueue(100, 100_000);
        add(queue, 3, 10);
        flush(queue);
        assertThat(written).containsExactly(1L, 2L, 3L);
        assertThat(queue.acknowledged(2)).isNotNull();
        add(queue, 1, 10);
        assertThat(queue.rewind()).isEqualTo(2);
        written.clear();
        flush(queue);
        assertThat(written).containsExactly(1L, 3L, 4L);
        assertThat(queue.size()).isEqualTo(3);
    }

    @Test
    void window_opens_with_acknowledgements() {
        PushQueue queue = new PushQueue(100, 100_000);
        add(queue, 20, 10);
        flush(queue);
        assertThat(written).hasSize(4);
        for (long id = 1; id <= 4; id++) {
            assertThat(queue.acknowledged(id)).isNotNull();
        }
        flush(queue);
        assertThat(written).hasSize(12);
        queue.rewind();
        written.clear();
        flush(queue);
        assertThat(written).containsExactly(5L, 6L, 7L, 8L);
    }

    @Test
    void number_and_bytes_are_bounded() {
        PushQueue few = new PushQueue(2, 100_000);
        assertThat(add(few, 3, 10)).isFalse();
        PushQueue small = new PushQueue(100, 100);
        assertThat(add(small, 1, 500)).as("one alone always fits").isTrue();
        assertThat(add(small, 1, 1)).isFalse();
        assertThat(small.hasRoomAgain()).isFalse();
        flush(small);
        small.acknowledged(1);
        assertThat(small.hasRoomAgain()).isTrue();
        assertThat(small.settled()).isTrue();
    }

    @Test
    void unknown_acknowledgement_changes_nothing() {
        PushQueue queue = new PushQueue(100, 100_000);
        add(queue, 1, 10);
        assertThat(queue.acknowledged(1)).as("not written yet").isNull();
        flush(queue);
        assertThat(queue.acknowledged(7)).isNull();
        assertThat(queue.size()).isEqualTo(1);
    }

    @Test
    void old_typing_is_dropped() {
        PushQueue queue = new PushQueue(100, 100_000);
        queue.add(new Push.Body("typingIndicatorReceived", new byte[1], true), 0);
        add(queue, 1, 10);
        queue.flush(9_000, push -> written.add(push.id()));
        assertThat(written).containsExactly(2L);
        assertThat(queue.oldestSentMs(10_000)).isEqualTo(9_000);
    }

    private static boolean add(PushQueue queue, int count, int bytes) {
        boolean added = true;
        for (int i = 0; i < count; i++) {
            added = queue.add(new Push.Body("chatMessageReceived", new byte[bytes], false), 0);
        }
        return added;
    }

    private void flush(PushQueue queue) {
        queue.flush(0, push -> written.add(push.id()));
    }
}
