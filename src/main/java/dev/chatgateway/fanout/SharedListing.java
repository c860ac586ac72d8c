package dev.chatgateway.fanout;

import dev.chatgateway.fanout.Snapshots.Newest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lists a thread's newest messages once for users who see the same messages and subscribe at about the same time, because
 * the service limits the listings of a thread. A listing serves only those who asked before it began, so that it has all
 * that their positions have. Used on the hub's event loop only.
 */
final class SharedListing {
    /** Least time between the beginnings of two listings that are shared. The second of two subscribers waits so long. */
    private static final long GAP_MS = 200;

    private boolean resting;
    private @Nullable Batch next;

    /**
     * A listing that has not begun.
     *
     * @param from id of the oldest message that its users see
     * @param list lists with the token of the first of them
     */
    private record Batch(long from, int limit, Supplier<Future<Newest>> list, Promise<Newest> newest) {}

    /** @param list lists with the user's own token */
    Future<Newest> newest(Vertx vertx, Visibility visibility, int limit, Supplier<Future<Newest>> list) {
        if (visibility.undecidedFrom() < visibility.from()) {
            // Which messages the user sees only the user's own listing tells.
            return list.get();
        }
        Batch batch = next;
        if (!resting) {
            rest(vertx);
            return list.get();
        } else if (batch == null) {
            Promise<Newest> newest = Promise.promise();
            next = new Batch(visibility.from(), limit, list, newest);
            return newest.future();
        }
        return batch.from == visibility.from() && batch.limit == limit
                // A refusal may be meant for the first user only.
                ? batch.newest.future().recover(refused -> list.get())
                : list.get();
    }

    private void rest(Vertx vertx) {
        resting = true;
        vertx.setTimer(GAP_MS, fired -> {
            resting = false;
            Batch batch = next;
            if (batch != null) {
                next = null;
                rest(vertx);
                batch.list.get().onComplete(batch.newest);
            }
        });
    }
}
