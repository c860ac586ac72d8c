package dev.chatgateway.embedded.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.request.Json;
import dev.chatgateway.embedded.store.DatabaseFile.Changes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.Iterator;
import java.util.function.Supplier;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.jspecify.annotations.Nullable;

/**
 * One map of the database with its rows as JSON. Caches {@link #CACHED} decoded rows that were read by key, as each request
 * reads the row and roster of its thread. Confined to the store's worker thread.
 */
final class DiskTable<V> implements Table<V> {
    private static final int CACHED = 4_096;

    private final Supplier<Changes> changes;
    private final String name;
    private MVMap<String, byte[]> map;
    private final ObjectReader reader;
    private final ObjectWriter writer;
    private final Cache<String, V> decoded =
            Caffeine.newBuilder().executor(Runnable::run).maximumSize(CACHED).build();

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

    /** Replaces the map after the file was opened again. Uncommitted rows are gone. */
    void bind(MVMap<String, byte[]> reopened) {
        map = reopened;
        decoded.invalidateAll();
    }

    private boolean shouldStore() {
        return switch (changes.get()) {
            case STORE -> true;
            case DROP -> false;
            case REFUSE -> throw ApiError.unavailable("The storage cannot be written.");
        };
    }

    @Override
    public @Nullable V get(String key) {
        return decoded.get(key, k -> {
            byte[] row = map.get(k);
            return row == null ? null : decode(row);
        });
    }

    @Override
    public void put(String key, V row) {
        if (!shouldStore()) {
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
        if (shouldStore()) {
            map.remove(key);
            decoded.invalidate(key);
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
