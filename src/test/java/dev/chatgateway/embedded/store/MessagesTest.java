package dev.chatgateway.embedded.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** The index by version. */
class MessagesTest {
    private static final int LONG_THREAD = 50_000;

    private final CountingStore store = new CountingStore();
    private final Tables tables = Tables.of(store);
    private final Messages messages = new Messages(tables);

    private static Rows.Message message(long id) {
        return new Rows.Message(id, id, id, "text", "8:acs:a", "", "x", Map.of(), null, 0, 0);
    }

    private List<Long> firstIds(int count, long before) {
        List<Long> ids = new ArrayList<>();
        Iterator<Rows.Message> changes = messages.newestChangeFirst("t", 0, before);
        while (ids.size() < count && changes.hasNext()) {
            ids.add(changes.next().id());
        }
        return ids;
    }

    @Test
    void page_of_a_long_thread_reads_only_its_own_rows() {
        for (long id = 1; id <= LONG_THREAD; id++) {
            messages.add("t", message(id));
        }
        Rows.Message old = message(3);
        messages.replace("t", old, old.deleted(LONG_THREAD + 1));
        store.rowsRead = 0;

        List<Long> page = firstIds(200, Long.MAX_VALUE);
        List<Long> behind = firstIds(200, 1_000);

        assertThat(page).hasSize(200).startsWith(3L, 50_000L, 49_999L);
        assertThat(behind).hasSize(200).startsWith(999L);
        assertThat(store.rowsRead).isLessThanOrEqualTo(2 * 2 * 200);
    }

    @Test
    void cleared_thread_leaves_no_row_behind() {
        messages.add("t", message(1));
        messages.add("u", message(1));
        messages.replace("t", message(1), message(1).deleted(2));

        messages.clear("t");

        assertThat(firstIds(10, Long.MAX_VALUE)).isEmpty();
        assertThat(tables.changes().ascending("", Tables.LAST)).toIterable().hasSize(1);
        assertThat(tables.messages().ascending("", Tables.LAST)).toIterable().hasSize(1);
    }

    @Test
    void migration_indexes_threads_of_an_earlier_build() {
        Rows.ChatThread thread = new Rows.ChatThread("t", "x", 1, "8:acs:a", Map.of(), null, 0, 0, 0, 0, false);
        tables.threads().put("t", thread);
        tables.changes().put(Tables.key("t", 5), new Rows.Change(5, 99));
        tables.messages().put(Tables.key("t", 1), message(1).deleted(7));
        tables.messages().put(Tables.key("t", 2), message(2));

        Migration.run(tables);

        assertThat(firstIds(10, Long.MAX_VALUE)).containsExactly(1L, 2L);
        assertThat(tables.threads().get("t")).isEqualTo(thread.migrated());
        store.rowsRead = 0;
        Migration.run(tables);
        assertThat(store.rowsRead).isEqualTo(1);
    }

    /** A memory store that counts the rows that are read. */
    private static final class CountingStore implements Store {
        private final MemoryStore rows = new MemoryStore();
        private int rowsRead;

        @Override
        public <V> Table<V> table(String name, Class<V> rowType) {
            Table<V> table = rows.table(name, rowType);
            return new Table<>() {
                @Override
                public V get(String key) {
                    rowsRead++;
                    return table.get(key);
                }

                @Override
                public void put(String key, V row) {
                    table.put(key, row);
                }

                @Override
                public void remove(String key) {
                    table.remove(key);
                }

                @Override
                public Iterator<V> ascending(String from, String to) {
                    return counting(table.ascending(from, to));
                }

                @Override
                public Iterator<V> descending(String from, String to) {
                    return counting(table.descending(from, to));
                }
            };
        }

        @Override
        public <T> Future<T> read(Supplier<T> work) {
            return rows.read(work);
        }

        @Override
        public Optional<String> failure() {
            return rows.failure();
        }

        @Override
        public void onReverted(Runnable action) {
            rows.onReverted(action);
        }

        private <V> Iterator<V> counting(Iterator<V> iterator) {
            return new Iterator<>() {
                @Override
                public boolean hasNext() {
                    return iterator.hasNext();
                }

                @Override
                public V next() {
                    rowsRead++;
                    return iterator.next();
                }
            };
        }

        @Override
        public <T> Future<T> run(Supplier<T> work) {
            return rows.run(work);
        }

        @Override
        public Future<Void> close() {
            return rows.close();
        }
    }
}
