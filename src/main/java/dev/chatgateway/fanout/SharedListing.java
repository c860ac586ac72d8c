package dev.chatgateway.fanout;

import dev.chatgateway.fanout.Snapshots.Newest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The last listing of a thread's newest messages. Users who see the same messages and subscribe at about the same time
 * share it, because the service limits the listings of a thread. The caller must check that it has what the poller knows.
 * Used on the hub's event loop only.
 */
final class SharedListing {
    /** After this time the messages are released. Most subscribers of one moment come within it. */
    private static final long LIFE_MS = 2_000;

    private @Nullable Entry last;

    /** @param from id of the oldest message that the user sees */
    private record Entry(long from, int limit, Future<Newest> newest) {}

    /**
     * Returns the last listing or a new one.
     *
     * @param list lists with the user's own token
     */
    Future<Newest> newest(Vertx vertx, Visibility visibility, int limit, Supplier<Future<Newest>> list) {
        if (visibility.undecidedFrom() < visibility.from()) {
            // Which messages the user sees only the user's own listing tells.
            return list.get();
        }
        Entry shared = last;
        if (shared != null && shared.from == visibility.from() && shared.limit == limit) {
            // The refusal may be meant for the other user only.
            return shared.newest.recover(refused -> list.get());
        }
        Entry entry = new Entry(visibility.from(), limit, list.get());
        last = entry;
        vertx.setTimer(LIFE_MS, fired -> forget(entry));
        return entry.newest;
    }

    @SuppressWarnings("ReferenceEquality") // a later listing stays
    private void forget(Entry entry) {
        if (last == entry) {
            last = null;
        }
    }
}
