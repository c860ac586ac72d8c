package dev.chatgateway.embedded.store;

import io.vertx.core.Future;
import java.util.Collections;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Keeps rows on the heap until the process ends. Work runs at once on the service's event loop. */
public final class MemoryStore implements Store {
    @Override
    public <V> Table<V> table(String name, Class<V> rowType) {
        return new MemoryTable<>();
    }

    @Override
    public <T> Future<T> run(Supplier<T> work) {
        return Future.succeededFuture(work.get());
    }

    @Override
    public <T> Future<T> read(Supplier<T> work) {
        return run(work);
    }

    @Override
    public Optional<String> failure() {
        return Optional.empty();
    }

    /** Does nothing: memory loses no changes. */
    @Override
    public void onReverted(Runnable action) {}

    @Override
    public Future<Void> close() {
        return Future.succeededFuture();
    }

    private static final class MemoryTable<V> implements Table<V> {
        private final TreeMap<String, V> rows = new TreeMap<>();

        @Override
        public @Nullable V get(String key) {
            return rows.get(key);
        }

        @Override
        public void put(String key, V row) {
            rows.put(key, row);
        }

        @Override
        public void remove(String key) {
            rows.remove(key);
        }

        @Override
        public Iterator<V> ascending(String from, String to) {
            return between(from, to).values().iterator();
        }

        @Override
        public Iterator<V> descending(String from, String to) {
            return between(from, to).descendingMap().values().iterator();
        }

        private NavigableMap<String, V> between(String from, String to) {
            return from.compareTo(to) < 0 ? rows.subMap(from, true, to, false) : Collections.emptyNavigableMap();
        }
    }
}
