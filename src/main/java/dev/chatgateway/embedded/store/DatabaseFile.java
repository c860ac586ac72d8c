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
 * The file of an MVStore and its maps. MVStore closes itself when it cannot write, for example on a full disk; {@link
 * #reopen} continues from the last commit. Confined to the store's worker thread after {@link #open}.
 */
final class DatabaseFile {
    /** A commit rewrites whole pages: a quarter of the default size writes a quarter of the bytes. */
    private static final int PAGE_BYTES = 4_096;

    /**
     * Each commit adds a chunk to the file, most of which is soon unused; periodic compaction keeps the file at about three
     * times its content. Other work waits for it, about 50 ms.
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

    /** How changes to tables are handled. */
    enum Changes {
        STORE,
        /** Fails the work that makes the change. */
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
        // No automatic commit: a commit must not separate the writes of one request.
        MVStore opened = new MVStore.Builder()
                .fileName(fileName)
                .autoCommitDisabled()
                .pageSplitSize(PAGE_BYTES)
                .open();
        // Reuses space at once instead of after 45 s, a wait for data to reach the disk: each commit here ends with an
        // fsync. Otherwise the file would grow by about 10 kB a commit.
        opened.setRetentionTime(0);
        return opened;
    }

    /** The cause in one line: the operating system's message if there is one. */
    static String reason(Throwable e) {
        Throwable cause = e.getCause();
        String system = cause instanceof IOException ? cause.getMessage() : null;
        String reason = system == null ? String.valueOf(e.getMessage()) : system;
        return reason.lines().findFirst().orElse("");
    }

    /** The table with the name. */
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

    /** Sets how changes are handled from now on. */
    void changes(Changes handling) {
        changes = handling;
    }

    /**
     * Makes all changes durable.
     *
     * @throws MVStoreException if the file cannot be written; {@link #reopen} is required then
     */
    void commit() {
        if (store.hasUnsavedChanges()) {
            store.commit();
            store.sync();
            commits++;
        }
    }

    /** Frees space after every 256 commits. Throws like {@link #commit}; committed data stays. */
    void compact() {
        if (commits >= COMMITS_PER_COMPACTION) {
            commits = 0;
            store.compact(COMPACT_BELOW_FILL_PERCENT, COMPACT_BYTES);
            store.commit();
            store.sync();
        }
    }

    /** Writes a meaningless row to test whether the file can be written. Throws like {@link #commit}. */
    void probe() {
        map(PROBE).put(PROBE, new byte[] {(byte) commits});
        commit();
        commits++;
    }

    /** Continues from the last commit. Throws if the file cannot be opened; may be called again then. */
    void reopen() {
        store.closeImmediately();
        store = openStore(fileName);
        tables.forEach(table -> table.bind(map(table.name())));
    }

    /** Commits and closes. Returns the failure if the file cannot be written; it is closed all the same. */
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
