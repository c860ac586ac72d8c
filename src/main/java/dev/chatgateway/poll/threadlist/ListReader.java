package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.source.ThreadListing.Item;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a user's whole list of threads with one token, page after page, within a bound of pages. */
final class ListReader {
    /** Ten thousand threads; who has more is watched for those that moved last. */
    private static final int MOST_PAGES = 50;

    private final PollContext env;
    private final UserToken token;
    private final Priority priority;
    private final List<Item> items = new ArrayList<>();

    ListReader(PollContext env, UserToken token, Priority priority) {
        this.env = env;
        this.token = token;
        this.priority = priority;
    }

    /** @param whole whether the bound left nothing out */
    record Reading(List<Item> items, boolean whole) {}

    /** Fails as the listing does. */
    Future<Reading> read() {
        return page(null, 1);
    }

    private Future<Reading> page(@Nullable String next, int pages) {
        return env.listing().threads(token, next, priority).compose(page -> {
            items.addAll(page.items());
            String more = page.next();
            // Pages may be short or empty and yet have a link: only a missing link is the end.
            if (more == null) {
                return Future.succeededFuture(new Reading(items, true));
            }
            if (pages >= MOST_PAGES) {
                env.metrics().limitHit("digest.pages");
                return Future.succeededFuture(new Reading(items, false));
            }
            return page(more, pages + 1);
        });
    }
}
