package dev.chatgateway.embedded.store;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The messages of all threads, by id and by version. The table of changes is the index by version with one row a message,
 * under its newest version, so that a page of a list is one range of rows in a thread of any length.
 */
public final class Messages {
    private final Table<Rows.Message> byId;
    private final Table<Rows.Change> byVersion;

    public Messages(Tables tables) {
        this.byId = tables.messages();
        this.byVersion = tables.changes();
    }

    public Rows.@Nullable Message get(String thread, long id) {
        return byId.get(Tables.key(thread, id));
    }

    void add(String thread, Rows.Message message) {
        byId.put(Tables.key(thread, message.id()), message);
        index(thread, message);
    }

    /** Stores the new state of a message, which moves it to the top of the list. */
    void replace(String thread, Rows.Message old, Rows.Message changed) {
        byVersion.remove(Tables.key(thread, old.version()));
        add(thread, changed);
    }

    /**
     * Messages with {@code from <= version < before}, newest change first.
     *
     * @param before {@link Long#MAX_VALUE}: no upper bound
     */
    public Iterator<Rows.Message> newestChangeFirst(String thread, long from, long before) {
        String end = before == Long.MAX_VALUE ? Tables.end(thread) : Tables.key(thread, Math.max(0, before));
        Iterator<Rows.Change> changes = byVersion.descending(Tables.key(thread, from), end);
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return changes.hasNext();
            }

            @Override
            public Rows.Message next() {
                long id = changes.next().message();
                Rows.Message message = get(thread, id);
                if (message == null) {
                    throw new IllegalStateException("the index by version of " + thread + " names no message: " + id);
                }
                return message;
            }
        };
    }

    /** Removes all messages of a thread. */
    public void clear(String thread) {
        List<String> ids = new ArrayList<>();
        byId.ascending(Tables.first(thread), Tables.end(thread))
                .forEachRemaining(message -> ids.add(Tables.key(thread, message.id())));
        ids.forEach(byId::remove);
        clearIndex(thread);
    }

    /** Rebuilds the index of a thread. */
    void rebuildIndex(String thread) {
        clearIndex(thread);
        byId.ascending(Tables.first(thread), Tables.end(thread)).forEachRemaining(message -> index(thread, message));
    }

    private void index(String thread, Rows.Message message) {
        byVersion.put(Tables.key(thread, message.version()), new Rows.Change(message.version(), message.id()));
    }

    private void clearIndex(String thread) {
        List<String> versions = new ArrayList<>();
        byVersion
                .ascending(Tables.first(thread), Tables.end(thread))
                .forEachRemaining(change -> versions.add(Tables.key(thread, change.version())));
        versions.forEach(byVersion::remove);
    }
}
