package dev.chatgateway.embedded.store;

import dev.chatgateway.embedded.request.ApiError;
import dev.chatgateway.embedded.store.DatabaseFile.Changes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps rows in H2's MVStore, which has all that {@link Store} needs: ordered maps, atomic commits and crash recovery, in
 * one jar of 300 KB without native code. Rows are JSON, so that fields can be added later.
 *
 * <p>Group commit: work that arrives while a batch is written becomes the next batch. Each batch ends with one commit and
 * one fsync, after which its results are completed. All work and all disk access run on one worker thread, which owns the
 * file; the service's event loop owns the queue and its flags.
 *
 * <p>While the file cannot be written, for example on a full disk, reading work runs on the durable state and changing work
 * is refused. Once a second the store tests whether the file can be written again.
 */
public final class DiskStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(DiskStore.class);
    private static final String FILE = "chat.mv";

    /** Above it callers get 503: an unbounded queue would hide that the disk is too slow. */
    private static final int MAX_QUEUE = 10_000;

    private static final long RETRY_MS = 1_000;
    /** With less free space one small commit may succeed and the next one fail: the file does not count as writable. */
    private static final long ENOUGH_BYTES = 4 * 1024 * 1024;

    private final Vertx vertx;
    private final WorkerExecutor worker;
    private final DatabaseFile database;
    private final Path directory;
    private final String fileName;
    private final List<Runnable> reverted = new ArrayList<>();
    private List<Job<?>> queue = new ArrayList<>();
    private boolean writing;
    private boolean retrying;
    private volatile boolean closing;
    /** Written by the worker. */
    private volatile @Nullable String failure;
    /** A failed write has closed the file and it is not open again yet. Confined to the worker. */
    private boolean broken;

    private DiskStore(Vertx vertx, WorkerExecutor worker, DatabaseFile database, Path directory) {
        this.vertx = vertx;
        this.worker = worker;
        this.database = database;
        this.directory = directory;
        this.fileName = directory.resolve(FILE).toString();
    }

    /**
     * Opens or creates the database. Blocking.
     *
     * @throws IOException one line that names the file
     */
    public static DiskStore open(Vertx vertx, Path directory) throws IOException {
        return open(vertx, directory, "");
    }

    /** @param scheme prefix of the path that selects a file system of H2; empty for the default */
    static DiskStore open(Vertx vertx, Path directory, String scheme) throws IOException {
        String fileName = directory.resolve(FILE).toString();
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new IOException("embedded.storage: " + fileName + " cannot be opened: " + DatabaseFile.reason(e), e);
        }
        DatabaseFile database = DatabaseFile.open(scheme + fileName);
        WorkerExecutor worker = vertx.createSharedWorkerExecutor("embedded-store-" + fileName, 1, 10, TimeUnit.MINUTES);
        return new DiskStore(vertx, worker, database, directory);
    }

    @Override
    public <V> Table<V> table(String name, Class<V> rowType) {
        return database.table(name, rowType);
    }

    @Override
    public <T> Future<T> run(Supplier<T> work) {
        return add(new Job<>(work, false));
    }

    @Override
    public <T> Future<T> read(Supplier<T> work) {
        return add(new Job<>(work, true));
    }

    @Override
    public Optional<String> failure() {
        return Optional.ofNullable(failure);
    }

    @Override
    public void onReverted(Runnable action) {
        reverted.add(action);
    }

    private <T> Future<T> add(Job<T> job) {
        if (queue.size() >= MAX_QUEUE) {
            return Future.failedFuture(ApiError.unavailable("The service is busy."));
        }
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
                    process(batch);
                    return null;
                })
                .onComplete(written -> {
                    writing = false;
                    batch.forEach(job -> job.complete(written.cause()));
                    retry();
                    if (!writing && !queue.isEmpty()) {
                        writeBatch();
                    }
                });
    }

    /** Tests once a second whether the file can be written again. */
    private void retry() {
        if (failure == null || retrying || closing) {
            return;
        }
        retrying = true;
        vertx.setTimer(RETRY_MS, timer -> worker.<Void>executeBlocking(() -> {
                    recover();
                    return null;
                })
                .onComplete(tried -> {
                    retrying = false;
                    retry();
                }));
    }

    private void process(List<Job<?>> batch) {
        if (failure == null) {
            try {
                batch.forEach(Job::execute);
                database.commit();
                compact();
                return;
            } catch (MVStoreException e) {
                onWriteFailure(e);
            }
        }
        batch.forEach(this::executeUnstored);
    }

    private void compact() {
        try {
            database.compact();
        } catch (MVStoreException e) {
            onWriteFailure(e);
        }
    }

    /** Runs work on the durable state; changes are refused or dropped. */
    private void executeUnstored(Job<?> job) {
        if (broken) {
            job.refuse();
        } else {
            database.changes(job.reads ? Changes.DROP : Changes.REFUSE);
            job.execute();
        }
    }

    private void onWriteFailure(MVStoreException cause) {
        String why = fileName + " cannot be written: " + DatabaseFile.reason(cause);
        if (failure == null) {
            LOG.error("embedded.storage: {}; reading goes on, changes are refused until it can be written", why);
        }
        failure = why;
        reopen();
    }

    private void reopen() {
        try {
            database.reopen();
            broken = false;
        } catch (MVStoreException e) {
            LOG.debug("embedded.storage: {} cannot be opened again", fileName, e);
            broken = true;
        }
        reverted.forEach(Runnable::run);
    }

    private void recover() {
        if (closing) {
            return;
        }
        if (broken) {
            reopen();
        }
        if (!broken) {
            try {
                if (directory.toFile().getUsableSpace() < ENOUGH_BYTES) {
                    return;
                }
                database.probe();
                database.changes(Changes.STORE);
                reverted.forEach(Runnable::run);
                failure = null;
                LOG.info("embedded.storage: {} can be written again", fileName);
            } catch (MVStoreException e) {
                onWriteFailure(e);
            }
        }
    }

    @Override
    public Future<Void> close() {
        closing = true;
        return this.<@Nullable Void>run(() -> null)
                .eventually(() -> worker.executeBlocking(() -> {
                    MVStoreException cause = database.close();
                    if (cause != null) {
                        LOG.error("embedded.storage: {} cannot be written: {}", fileName, DatabaseFile.reason(cause));
                    }
                    return null;
                }))
                .eventually(worker::close)
                .mapEmpty();
    }

    /** Work and its result, which is completed after the batch is on disk. */
    private static final class Job<T> {
        private final Supplier<T> work;
        private final boolean reads;
        private final Promise<T> promise = Promise.promise();
        private @Nullable T result;
        private @Nullable RuntimeException failure;

        /** @param reads whether changes of the work may be dropped */
        Job(Supplier<T> work, boolean reads) {
            this.work = work;
            this.reads = reads;
        }

        void execute() {
            result = null;
            failure = null;
            try {
                result = work.get();
            } catch (RuntimeException e) {
                failure = e;
            }
        }

        void refuse() {
            failure = ApiError.unavailable("The storage cannot be written.");
        }

        @SuppressWarnings("NullAway") // a null result is what the work returned
        void complete(@Nullable Throwable batchFailure) {
            if (batchFailure != null) {
                promise.fail(batchFailure);
            } else if (failure != null) {
                promise.fail(failure);
            } else {
                promise.complete(result);
            }
        }
    }
}
