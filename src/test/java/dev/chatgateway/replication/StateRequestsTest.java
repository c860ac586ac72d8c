package dev.chatgateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StateRequestsTest {
    private final StateRequests.Pending pending = new StateRequests.Pending();
    private final List<String> asked = new ArrayList<>();

    /** Sent all at once, the requests beyond the bound between two nodes were lost and had to be sent again. */
    @Test
    void many_requests_are_sent_in_parts_and_each_once() {
        for (int i = 0; i < 100_000; i++) {
            pending.add("t" + i);
        }
        for (long now = 0; now < 50; now++) {
            int before = asked.size();
            ask(2_000, now);
            assertThat(asked.size() - before).isEqualTo(2_000);
            pending.add(asked.get(0));
            pending.remove(asked.get(0));
        }
        assertThat(asked).doesNotHaveDuplicates().hasSize(100_000);
    }

    @Test
    void unanswered_requests_come_oldest_first() {
        pending.sent("a", 1_000);
        pending.sent("b", 2_000);
        pending.sent("c", 3_000);
        pending.sent("a", 4_000);
        pending.remove("b");
        assertThat(unanswered(3_000, 9)).isEmpty();
        assertThat(unanswered(3_001, 9)).containsExactly("c");
        assertThat(unanswered(9_000, 9)).containsExactly("c", "a");
        assertThat(unanswered(9_000, 1)).containsExactly("c");
    }

    @Test
    void request_is_pending_until_it_is_answered() {
        pending.add("a");
        assertThat(pending.contains("a")).isTrue();
        ask(1, 0);
        assertThat(pending.contains("a")).isTrue();
        pending.remove("a");
        assertThat(pending.contains("a")).isFalse();
    }

    private void ask(int most, long now) {
        pending.sendNext(most, id -> {
            pending.sent(id, now);
            asked.add(id);
        });
    }

    private List<String> unanswered(long before, int most) {
        return pending.unanswered(before, most);
    }
}
