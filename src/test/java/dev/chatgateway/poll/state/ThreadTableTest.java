package dev.chatgateway.poll.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ThreadTableTest {
    private record Entry(String threadId, int number) {}

    private final ThreadTable<Entry> table = new ThreadTable<>(Entry::threadId);

    @Test
    void table_holds_what_a_map_holds() {
        Map<String, Entry> map = new HashMap<>();
        Random random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            String threadId = "t" + random.nextInt(i < 50_000 ? 2_000 : 200);
            if (random.nextInt(5) < 2) {
                table.remove(threadId);
                map.remove(threadId);
            } else {
                Entry entry = new Entry(threadId, i);
                table.put(entry);
                map.put(threadId, entry);
            }
            assertThat(table.size()).isEqualTo(map.size());
            assertThat(table.get(threadId)).isEqualTo(map.get(threadId));
        }
        assertThat(table.values()).containsExactlyInAnyOrderElementsOf(map.values());
        map.forEach((threadId, entry) -> assertThat(table.get(threadId)).isEqualTo(entry));
        table.clear();
        assertThat(table.isEmpty()).isTrue();
        assertThat(table.contains("t1")).isFalse();
    }
}
