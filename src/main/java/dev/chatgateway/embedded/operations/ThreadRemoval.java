package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.store.Messages;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Table;
import dev.chatgateway.embedded.store.Tables;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/**
 * Deletes threads, by a user or by retention policy. Messages, receipts and former participants go at once; the thread
 * stays in its participants' thread lists with {@code deletedOn} for {@link #TOMBSTONE_MS}.
 */
public final class ThreadRemoval {
    static final long TOMBSTONE_MS = 9 * 24L * 3600 * 1000;

    private static final long DAY_MS = 24L * 3600 * 1000;

    private final Tables tables;
    private final Messages messages;
    private final Expiry expiry;

    public ThreadRemoval(Tables tables, Messages messages, Expiry expiry) {
        this.tables = tables;
        this.messages = messages;
        this.expiry = expiry;
    }

    /** Schedules the deletion by the thread's policy, if it has one. */
    void schedule(Rows.ChatThread thread) {
        long end = end(thread);
        if (end > 0) {
            expiry.schedule(Expiry.Kind.RETENTION, thread.id(), end);
        }
    }

    void cancel(Rows.ChatThread thread) {
        long end = end(thread);
        if (end > 0) {
            expiry.cancel(Expiry.Kind.RETENTION, thread.id(), end);
        }
    }

    private static long end(Rows.ChatThread thread) {
        Rows.Retention retention = thread.retention();
        return retention == null || !retention.kind().equals(Rows.Retention.BY_CREATION)
                ? 0
                : thread.createdOn() + retention.days() * DAY_MS;
    }

    void delete(Rows.ChatThread thread, long now) {
        cancel(thread);
        String id = thread.id();
        messages.clear(id);
        tables.receipts().remove(id);
        tables.threads().put(id, thread.deleted(now));
        expiry.schedule(Expiry.Kind.TOMBSTONE, id, now + TOMBSTONE_MS);
    }

    public void deleteByPolicy(String id, long due) {
        Rows.ChatThread thread = tables.threads().get(id);
        if (thread != null && thread.deletedOn() == 0) {
            delete(thread, due);
        }
    }

    /** Removes the remaining rows of a deleted thread. */
    public void purge(String id) {
        Rows.Roster roster = tables.rosters().get(id);
        if (roster != null) {
            roster.members().keySet().forEach(user -> tables.memberships().remove(Tables.key(user, id)));
        }
        tables.formers().ascending(Tables.first(id), Tables.end(id)).forEachRemaining(former -> tables.memberships()
                .remove(Tables.key(former.user(), id)));
        clear(tables.formers(), id, f -> Tables.key(id, f.user()));
        tables.rosters().remove(id);
        tables.threads().remove(id);
    }

    private static <V> void clear(Table<V> table, String owner, Function<V, String> key) {
        List<String> keys = new ArrayList<>();
        Iterator<V> rows = table.ascending(Tables.first(owner), Tables.end(owner));
        while (rows.hasNext()) {
            keys.add(key.apply(rows.next()));
        }
        keys.forEach(table::remove);
    }
}
