package dev.chatgateway.embedded;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.StringDataType;
import org.jspecify.annotations.Nullable;

/**
 * Rows in H2's MVStore: ordered maps, atomic commits and crash recovery in one jar of 300 KB without natives or SQL,
 * which is all that {@link Store} asks for. Rows are JSON, so that a field can be added later.
 *
 * <p>Group commit: work that arrives while a batch is written waits and becomes the next batch; each batch ends with one
 * commit and one fsync, and only then are its answers given. All work and all disk access happen on one worker thread;
 * the queue and the {@code writing} flag belong to the service's event loop, {@code commits} to
 * the worker.
 */
final class DiskStore implements Store {
    private static final String FILE = "chat.mv";

    /** Beyond it callers get 503: an unbounded queue would only hide that the disk is too slow. */
    private static final int MAX_QUEUE = 10_000;

    /** A commit rewrites whole pages: a quarter of the default size costs a quarter of the writing. */
    private static final int PAGE_BYTES = 4_096;

    /**
     * Each commit is a chunk of its own in the file, soon with little in it that is still in use; a bit of compaction
     * now and then keeps the file at some three times its content. Other work waits meanwhile, some 50 ms.
     */
    private static final int COMMITS_PER_COMPACTION = 256;

    private static final int COMPACT_BELOW_FILL_PERCENT = 50;
    private static final int COMPACT_BYTES = 4 * 1024 * 1024;

    private final WorkerExecutor worker;
    private final MVStore store;
    private List<Job<?>> queue = new ArrayList<>();
    private boolean writing;
    private long commits;

    private DiskStore(WorkerExecutor worker, MVStore store) {
        this.worker = worker;
        this.store = store;
    }

    /**
     * Opens or creates the database. Blocking.
     *
     * @throws IOException one line that names the file
     */
    static DiskStore open(Vertx vertx, Path directory) throws IOException {
        Path file = directory.resolve(FILE);
        try {
            Files.createDirectories(directory);
            // No automatic commit: a commit must never cut the writes of one request in two.
            MVStore store = new MVStore.Builder()
                    .fileName(file.toString())
                    .autoCommitDisabled()
                    .pageSplitSize(PAGE_BYTES)
                    .open();
            // Space is reused at once instead of after 45 s: each commit ends with an fsync, which is what that time is
            // there to wait for. Without it the file grows by some ten kilobytes per commit.
            store.setRetentionTime(0);
            WorkerExecutor worker = vertx.createSharedWorkerExecutor("embedded-store-" + file, 1, 10, TimeUnit.MINUTES);
            return new DiskStore(worker, store);
        } catch (MVStoreException | IOException e) {
            throw new IOException("embedded.storage: " + file + " cannot be opened: " + firstLine(e), e);
        }
    }

    private static String firstLine(Exception e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    @Override
    public <V> Table<V> table(String name, Class<V> rowType) {
        MVMap<String, byte[]> map = store.openMap(
                name,
                new MVMap.Builder<String, byte[]>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(ByteArrayDataType.INSTANCE));
        return new DiskTable<>(map, rowType);
    }

    @Override
    public <T> Future<T> run(Supplier<T> work) {
        if (queue.size() >= MAX_QUEUE) {
            return Future.failedFuture(ApiError.unavailable("The service is busy."));
        }
        Job<T> job = new Job<>(work);
        queue.add(job);
        if (!writing) {
            writeBatch();
        }
        return job.promise.future();
    }

    private void writeBatch() {
        List<Job<?>> batch = queue;
        queue = new ArrayList<>();
        writing = true;
        worker.<Void>executeBlocking(() -> {
                    batch.forEach(Job::execute);
                    commit();
                    return null;
                })
                .onComplete(written -> {
                    writing = false;
                    batch.forEach(job -> job.complete(written.cause()));
                    if (!writing && !queue.isEmpty()) {
                        writeBatch();
                    }
                });
    }

    private void commit() {
        if (store.hasUnsavedChanges()) {
            store.commit();
            if (++commits % COMMITS_PER_COMPACTION == 0) {
                store.compact(COMPACT_BELOW_FILL_PERCENT, COMPACT_BYTES);
                store.commit();
            }
            store.sync();
        }
    }

    @Override
    public Future<Void> close() {
        return this.<@Nullable Void>run(() -> null)
                .eventually(() -> worker.executeBlocking(() -> {
                    store.close();
                    return null;
                }))
                .eventually(worker::close)
                .mapEmpty();
    }

    /** One piece of work and its answer, which is kept back until the batch is on disk. */
    private static final class Job<T> {
        private final Supplier<T> work;
        private final Promise<T> promise = Promise.promise();
        private @Nullable T result;
        private @Nullable RuntimeException failure;

        Job(Supplier<T> work) {
            this.work = work;
        }

        void execute() {
            try {
                result = work.get();
            } catch (RuntimeException e) {
                failure = e;
            }
        }

        @SuppressWarnings("NullAway") // a null result is what the work returned
        void complete(@Nullable Throwable commitFailure) {
            if (commitFailure != null) {
                promise.fail(commitFailure);
            } else if (failure != null) {
                promise.fail(failure);
            } else {
                promise.complete(result);
            }
        }
    }
}
