package dev.chatgateway.embedded.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Json;
import dev.chatgateway.embedded.store.DatabaseFile.Changes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.jspecify.annotations.Nullable;

/**
 * One map of the database with its rows as JSON. Rows read by key are kept decoded, the last {@link #CACHED} of them: a
 * thread's row and roster are read by each request. Confined to the store's worker thread.
 */
final class DiskTable<V> implements Table<V> {
    private static final int CACHED = 4_096;

    private final Supplier<Changes> changes;
    private final String name;
    private MVMap<String, byte[]> map;
    private final ObjectReader reader;
    private final ObjectWriter writer;
    private final Map<String, V> decoded = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
            return size() > CACHED;
        }
    };

    DiskTable(String name, MVMap<String, byte[]> map, Class<V> rowType, Supplier<Changes> changes) {
        this.changes = changes;
        this.name = name;
        this.map = map;
        this.reader = Json.MAPPER.readerFor(rowType);
        this.writer = Json.MAPPER.writerFor(rowType);
    }

    String name() {
        return name;
    }

    /** Replaces the map after the file was opened again: what was not committed is gone. */
    void bind(MVMap<String, byte[]> reopened) {
        map = reopened;
        decoded.clear();
    }

    private boolean stored() {
        return switch (changes.get()) {
            case STORE -> true;
            case DROP -> false;
            case REFUSE -> throw ApiError.unavailable("The storage cannot be written.");
        };
    }

    @Override
    public @Nullable V get(String key) {
        V known = decoded.get(key);
        if (known != null) {
            return known;
        }
        byte[] row = map.get(key);
        if (row == null) {
            return null;
        }
        V read = decode(row);
        decoded.put(key, read);
        return read;
    }

    @Override
    public void put(String key, V row) {
        if (!stored()) {
            return;
        }
        try {
            map.put(key, writer.writeValueAsBytes(row));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        decoded.put(key, row);
    }

    @Override
    public void remove(String key) {
        if (stored()) {
            map.remove(key);
            decoded.remove(key);
        }
    }

    @Override
    public Iterator<V> ascending(String from, String to) {
        String last = map.lowerKey(to);
        return last == null || from.compareTo(last) > 0 ? none() : decoding(map.cursor(from, last, false));
    }

    @Override
    public Iterator<V> descending(String from, String to) {
        String last = map.lowerKey(to);
        return last == null || from.compareTo(last) > 0 ? none() : decoding(map.cursor(last, from, true));
    }

    private Iterator<V> none() {
        return Collections.emptyIterator();
    }

    private Iterator<V> decoding(Cursor<String, byte[]> cursor) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return cursor.hasNext();
            }

            @Override
            public V next() {
                cursor.next();
                return decode(cursor.getValue());
            }
        };
    }

    private V decode(byte[] row) {
        try {
            return reader.readValue(row);
        } catch (IOException e) {
            throw new UncheckedIOException("database row of " + name + " cannot be read", e);
        }
    }
}
