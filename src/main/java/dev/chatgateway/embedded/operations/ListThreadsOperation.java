package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.faults.Realism;
import dev.chatgateway.embedded.request.Query;
import dev.chatgateway.embedded.request.Reply;
import dev.chatgateway.embedded.store.Rows;
import dev.chatgateway.embedded.store.Tables;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists the threads of a user. */
public final class ListThreadsOperation {
    private final Tables tables;
    private final Realism realism;

    public ListThreadsOperation(Tables tables, Realism realism) {
        this.tables = tables;
        this.realism = realism;
    }

    /** Latest activity first. Compares startTime with the arrival of the last message. */
    public Reply list(Call call) {
        ThreadCursor after = ThreadCursor.of(call.query());
        long start = Math.max(call.query().startTime(), after == null ? 0 : after.startTime());
        List<ThreadListEntry> found = found(call, start, after);
        int size = realism.pageSize(call.query().pageSize(Query.DEFAULT_PAGE));
        List<ThreadListEntry> page = found.subList(0, Math.min(size, found.size()));
        if (page.size() == found.size()) {
            return ResponseJson.page(page, call.responses()::threadItem, null);
        }
        ThreadListEntry last = page.get(size - 1);
        long first = after == null ? page.get(0).activity() : after.first();
        ThreadCursor covered = new ThreadCursor(last.activity(), first, start, last.id());
        return ResponseJson.page(page, call.responses()::threadItem, Links.nextThreads(call, covered));
    }

    private List<ThreadListEntry> found(Call call, long start, @Nullable ThreadCursor after) {
        List<ThreadListEntry> found = new ArrayList<>();
        Iterator<Rows.Membership> mine =
                tables.memberships().ascending(Tables.first(call.user()), Tables.end(call.user()));
        while (mine.hasNext()) {
            ThreadListEntry item = item(mine.next(), call.now());
            if (item != null
                    && item.lastMessageOn() >= start
                    && (after == null || after.isBefore(item.activity(), item.id()))) {
                found.add(item);
            }
        }
        found.sort(ThreadListEntry.NEWEST_FIRST);
        return found;
    }

    private @Nullable ThreadListEntry item(Rows.Membership membership, long now) {
        Rows.ChatThread thread = tables.threads().get(membership.thread());
        Rows.Left left = membership.left();
        if (thread == null || !realism.lists(thread, now) || (left != null && !realism.listsLeft())) {
            return null;
        }
        long lastMessageOn = left == null ? thread.lastMessageOn() : left.lastMessageOn();
        return new ThreadListEntry(
                thread.id(),
                left == null ? thread.topic() : left.topic(),
                realism.activity(thread.id(), lastMessageOn),
                lastMessageOn,
                realism.dates(thread, now),
                left == null ? thread.deletedOn() : 0);
    }
}
