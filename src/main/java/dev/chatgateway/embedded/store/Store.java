package dev.chatgateway.embedded.store;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where the service keeps its rows: tables by name, and one way to work on them. Two implementations share all domain
 * logic: {@link MemoryStore} and {@link DiskStore}.
 */
public interface Store {
    /** The table of that name, made when missing. Call once per name, before the first {@link #run}. */
    <V> Table<V> table(String name, Class<V> rowType);

    /**
     * Runs work alone: no other work of this store runs meanwhile, so it sees and leaves a consistent state. The future
     * completes once everything that the work wrote, and everything that it may have read of others, is durable: nobody
     * learns of a write that a crash could undo. Called on the service's context.
     */
    <T> Future<T> run(Supplier<T> work);

    /**
     * The same for work that only reads, as far as its caller is concerned: it goes on while nothing can be written, and
     * changes that it makes by the way are dropped then.
     */
    <T> Future<T> read(Supplier<T> work);

    /** Why nothing can be written at present; empty while all is well. Any thread. */
    Optional<String> failure();

    /** Calls back after changes were lost or dropped: what was derived from them is to be forgotten. Called within work. */
    void onReverted(Runnable action);

    /** Ends after all accepted work. */
    Future<Void> close();
}
