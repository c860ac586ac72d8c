package dev.chatgateway.embedded.operations;

import dev.chatgateway.embedded.request.Query;
import dev.chatgateway.embedded.request.Reply;
import java.util.List;

/** Offset paging; the last page has no nextLink even if it is full. */
final class Pages {
    private Pages() {}

    static <T> Reply byOffset(Call call, List<T> all, ResponseJson.Item<T> writer, String path) {
        int from = Math.min(call.query().skip(), all.size());
        int size = call.query().pageSize(Query.DEFAULT_PAGE);
        List<T> page = all.subList(from, Math.min(from + size, all.size()));
        boolean more = from + page.size() < all.size();
        return ResponseJson.page(page, writer, more ? Links.nextByOffset(call, path, size) : null);
    }
}
