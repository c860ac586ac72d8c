package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.source.ThreadListing.Item;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists all threads of a user page by page, within a limit of pages. Used once, on the poller's context. */
final class ListReader {
    /** About ten thousand threads. Of a longer list only the threads with the newest messages are listed. */
    private static final int MAX_PAGES = 50;

    private final PollContext context;
    private final UserToken token;
    private final Priority priority;
    private final List<Item> items = new ArrayList<>();

    ListReader(PollContext context, UserToken token, Priority priority) {
        this.context = context;
        this.token = token;
        this.priority = priority;
    }

    /** @param complete false if the listing hit the limit of pages */
    record Result(List<Item> items, boolean complete) {}

    /** Fails with the failure of the first call that fails. */
    Future<Result> list() {
        return page(null, 1);
    }

    private Future<Result> page(@Nullable String pageToken, int number) {
        return context.listing().threads(token, pageToken, priority).compose(page -> {
            items.addAll(page.items());
            String next = page.next();
            // A page may be short or empty although others follow. Only a missing page token marks the end.
            if (next == null) {
                return Future.succeededFuture(new Result(items, true));
            }
            if (number >= MAX_PAGES) {
                context.metrics().limitHit("digest.pages");
                return Future.succeededFuture(new Result(items, false));
            }
            return page(next, number + 1);
        });
    }
}
