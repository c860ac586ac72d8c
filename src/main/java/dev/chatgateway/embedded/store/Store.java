package dev.chatgateway.embedded.store;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The storage of the service: tables by name, and work that runs on them one at a time. Implemented by {@link MemoryStore}
 * and {@link DiskStore}.
 */
public interface Store {
    /** The table with the name, created if absent. Called once a name, before the first {@link #run}. */
    <V> Table<V> table(String name, Class<V> rowType);

    /**
     * Runs work exclusively, so that it sees and leaves a consistent state. The future completes when the work's own writes
     * and all writes that it may have seen are durable: no response shows a write that a crash could undo. Called on the
     * service's context.
     */
    <T> Future<T> run(Supplier<T> work);

    /**
     * Like {@link #run}, for reading work: it also runs while the storage cannot be written. Changes that it makes in passing
     * are dropped then.
     */
    <T> Future<T> read(Supplier<T> work);

    /** Why the storage cannot be written now; empty if it can. Any thread. */
    Optional<String> failure();

    /** Registers an action for lost or dropped changes: state that was derived from them must go. Runs within work. */
    void onReverted(Runnable action);

    /** Closes the storage after all accepted work. */
    Future<Void> close();
}
