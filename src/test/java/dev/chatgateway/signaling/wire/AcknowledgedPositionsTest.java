package dev.chatgateway.signaling.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class AcknowledgedPositionsTest {
    private final AcknowledgedPositions positions = new AcknowledgedPositions(Map.of("t0", "c0"));

    @Test
    void position_without_outstanding_push_counts_at_once() {
        positions.reach("t1", "c1", 0, 1);
        assertThat(positions.all()).containsExactlyInAnyOrderEntriesOf(Map.of("t0", "c0", "t1", "c1"));
    }

    @Test
    void position_counts_after_its_push_and_all_before() {
        positions.reach("t0", "c1", 1, 1);
        positions.reach("t1", "d1", 2, 1);
        // The second push is acknowledged first.
        positions.acknowledge(1);
        assertThat(positions.all()).isEqualTo(Map.of("t0", "c0"));
        positions.acknowledge(3);
        assertThat(positions.all()).isEqualTo(Map.of("t0", "c1", "t1", "d1"));
    }

    @Test
    void event_that_is_not_pushed_moves_the_position_of_the_push_before() {
        positions.reach("t0", "c1", 1, 1);
        positions.reach("t0", "c2", 1, 1);
        positions.acknowledge(2);
        assertThat(positions.all()).isEqualTo(Map.of("t0", "c2"));
    }

    @Test
    void ended_thread_goes_with_the_acknowledgement_of_its_end() {
        positions.reach("t0", null, 1, 1);
        assertThat(positions.all()).containsKey("t0");
        positions.acknowledge(2);
        assertThat(positions.all()).isEmpty();
    }

    @Test
    void change_is_reported_once() {
        assertThat(positions.takeChanged()).isFalse();
        positions.reach("t0", "c1", 0, 1);
        assertThat(positions.takeChanged()).isTrue();
        assertThat(positions.takeChanged()).isFalse();
        positions.reach("t0", "c1", 0, 1);
        assertThat(positions.takeChanged()).isFalse();
    }
}
