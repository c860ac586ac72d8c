package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Table;
import dev.chatgateway.embedded.store.Tables;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Actions that are due at a time: retention policies, tombstones, repeatability ids. Run before each request, so that no
 * caller sees expired rows, and by a timer, so that an idle service frees its space.
 */
public final class Expiry {
    /** Actions of one run; the rest waits for the next one, so that no request takes too long. */
    private static final int BATCH = 1_000;

    private final Table<Rows.Due> dues;
    private long next;

    /** Kinds of actions. */
    public enum Kind {
        RETENTION,
        TOMBSTONE,
        REPLAY
    }

    public Expiry(Table<Rows.Due> dues) {
        this.dues = dues;
        this.next = 0;
    }

    /** To be called when changes to the table were lost: actions may be due again. */
    public void reverted() {
        next = 0;
    }

    void schedule(Kind kind, String key, long at) {
        dues.put(key(kind, key, at), new Rows.Due(at, kind.name(), key));
        next = Math.min(next, at);
    }

    void cancel(Kind kind, String key, long at) {
        dues.remove(key(kind, key, at));
    }

    /** Runs the actions that are due, each with its time. Reads no rows if none is. */
    public void run(long now, Map<Kind, BiConsumer<String, Long>> actions) {
        if (now < next) {
            return;
        }
        List<Rows.Due> due = new ArrayList<>();
        next = Long.MAX_VALUE;
        Iterator<Rows.Due> rows = dues.ascending("", ":");
        while (rows.hasNext()) {
            Rows.Due row = rows.next();
            if (row.at() > now || due.size() == BATCH) {
                next = row.at();
                break;
            }
            due.add(row);
        }
        for (Rows.Due row : due) {
            Kind kind = Kind.valueOf(row.kind());
            dues.remove(key(kind, row.key(), row.at()));
            BiConsumer<String, Long> action = actions.get(kind);
            if (action != null) {
                action.accept(row.key(), row.at());
            }
        }
    }

    private static String key(Kind kind, String key, long at) {
        return Tables.key(Tables.padded(at) + kind, key);
    }
}
