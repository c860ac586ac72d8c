package dev.chatgateway.embedded.store;

import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * An ordered map from text keys to immutable rows. Used inside {@link Store#run} only. A table must not be changed while
 * one of its iterators is in use.
 */
public interface Table<V> {
    @Nullable
    V get(String key);

    void put(String key, V row);

    void remove(String key);

    /** Rows with {@code from <= key < to}, smallest key first. */
    Iterator<V> ascending(String from, String to);

    /** Rows with {@code from <= key < to}, greatest key first. */
    Iterator<V> descending(String from, String to);
}
