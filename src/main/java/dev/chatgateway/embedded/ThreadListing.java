package dev.chatgateway.embedded;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Operation 2 of the specification: a user's list of threads. */
final class ThreadListing {
    private final Tables tables;
    private final Realism realism;

    ThreadListing(Tables tables, Realism realism) {
        this.tables = tables;
        this.realism = realism;
    }

    /** Latest activity first; startTime is compared with the arrival of the last message. */
    Reply list(Call call) {
        ThreadCursor after = ThreadCursor.of(call.query());
        long start = Math.max(call.query().startTime(), after == null ? 0 : after.startTime());
        List<ListedThread> found = found(call, start, after);
        int size = call.query().pageSize(Query.DEFAULT_PAGE);
        List<ListedThread> page = found.subList(0, Math.min(size, found.size()));
        if (page.size() == found.size()) {
            return Wire.page(page, call.wire()::threadItem, null);
        }
        ListedThread last = page.get(size - 1);
        long first = after == null ? page.get(0).activity() : after.first();
        ThreadCursor covered = new ThreadCursor(last.activity(), first, start, last.id());
        return Wire.page(page, call.wire()::threadItem, Links.nextThreads(call, covered));
    }

    private List<ListedThread> found(Call call, long start, @Nullable ThreadCursor after) {
        List<ListedThread> found = new ArrayList<>();
        Iterator<Rows.Membership> mine =
                tables.memberships().ascending(Tables.first(call.user()), Tables.end(call.user()));
        while (mine.hasNext()) {
            Rows.ChatThread thread = tables.threads().get(mine.next().thread());
            if (thread == null || thread.lastMessageOn() < start || !realism.lists(thread, call.now())) {
                continue;
            }
            ListedThread item = item(thread, call.now());
            if (after == null || after.isBefore(item.activity(), item.id())) {
                found.add(item);
            }
        }
        found.sort(ListedThread.NEWEST_FIRST);
        return found;
    }

    private ListedThread item(Rows.ChatThread thread, long now) {
        long lastMessageOn = thread.lastMessageOn();
        return new ListedThread(
                thread.id(),
                thread.topic(),
                realism.activity(thread.id(), lastMessageOn),
                realism.dates(thread, now) ? lastMessageOn : 0,
                thread.deletedOn());
    }
}
