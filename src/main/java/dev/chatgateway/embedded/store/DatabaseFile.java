package dev.chatgateway.embedded.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.StringDataType;
import org.jspecify.annotations.Nullable;

/**
 * The file of an MVStore and its maps. MVStore closes itself when it cannot write, for instance on a full disk; {@link
 * #reopen} goes on from the last commit. Confined to the store's worker thread once it is open.
 */
final class DatabaseFile {
    /** A commit rewrites whole pages: a quarter of the default size costs a quarter of the writing. */
    private static final int PAGE_BYTES = 4_096;

    /**
     * Each commit is a chunk of its own in the file, soon with little in it that is still in use; a bit of compaction
     * now and then keeps the file at some three times its content. Other work waits meanwhile, some 50 ms.
     */
    private static final int COMMITS_PER_COMPACTION = 256;

    private static final int COMPACT_BELOW_FILL_PERCENT = 50;
    private static final int COMPACT_BYTES = 4 * 1024 * 1024;

    private static final String PROBE = "probe";

    private final String fileName;
    private final List<DiskTable<?>> tables = new ArrayList<>();
    private MVStore store;
    private Changes changes = Changes.STORE;
    private long commits;

    /** What becomes of a change to a table. */
    enum Changes {
        STORE,
        /** It ends the work that makes it. */
        REFUSE,
        DROP
    }

    private DatabaseFile(String fileName) {
        this.fileName = fileName;
        store = openStore(fileName);
    }

    /**
     * Opens or creates the file. Blocking.
     *
     * @throws IOException one line that names the file
     */
    static DatabaseFile open(String fileName) throws IOException {
        try {
            return new DatabaseFile(fileName);
        } catch (MVStoreException e) {
            throw new IOException("embedded.storage: " + fileName + " cannot be opened: " + reason(e), e);
        }
    }

    private static MVStore openStore(String fileName) {
        // No automatic commit: a commit must never cut the writes of one request in two.
        MVStore opened = new MVStore.Builder()
                .fileName(fileName)
                .autoCommitDisabled()
                .pageSplitSize(PAGE_BYTES)
                .open();
        // Space is reused at once instead of after 45 s: each commit ends with an fsync, which is what that time is
        // there to wait for. Without it the file grows by some ten kilobytes per commit.
        opened.setRetentionTime(0);
        return opened;
    }

    /** What went wrong, in one line: the operating system's reason where there is one. */
    static String reason(Throwable e) {
        Throwable cause = e.getCause();
        String system = cause instanceof IOException ? cause.getMessage() : null;
        String reason = system == null ? String.valueOf(e.getMessage()) : system;
        return reason.lines().findFirst().orElse("");
    }

    /** The table of that name. */
    <V> DiskTable<V> table(String name, Class<V> rowType) {
        DiskTable<V> table = new DiskTable<>(name, map(name), rowType, () -> changes);
        tables.add(table);
        return table;
    }

    private MVMap<String, byte[]> map(String name) {
        return store.openMap(
                name,
                new MVMap.Builder<String, byte[]>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(ByteArrayDataType.INSTANCE));
    }

    /** What becomes of changes from now on. */
    void changes(Changes from) {
        changes = from;
    }

    /**
     * Makes all changes durable.
     *
     * @throws MVStoreException if the file cannot be written; only {@link #reopen} helps then
     */
    void commit() {
        if (store.hasUnsavedChanges()) {
            store.commit();
            store.sync();
            commits++;
        }
    }

    /** Gives space back now and then. Throws as {@link #commit} does; what was committed stays. */
    void compact() {
        if (commits >= COMMITS_PER_COMPACTION) {
            commits = 0;
            store.compact(COMPACT_BELOW_FILL_PERCENT, COMPACT_BYTES);
            store.commit();
            store.sync();
        }
    }

    /** Writes one row of no meaning, to see whether the file can be written. Throws as {@link #commit} does. */
    void probe() {
        map(PROBE).put(PROBE, new byte[] {(byte) commits});
        commit();
        commits++;
    }

    /** Goes on from the last commit. Throws if the file cannot be opened; it may be called again then. */
    void reopen() {
        store.closeImmediately();
        store = openStore(fileName);
        tables.forEach(table -> table.bind(map(table.name())));
    }

    /** Commits and closes, or only closes where the file cannot be written; why not is the answer then. */
    @Nullable
    MVStoreException close() {
        try {
            store.close();
            return null;
        } catch (MVStoreException e) {
            store.closeImmediately();
            return e;
        }
    }
}
