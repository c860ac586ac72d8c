package dev.chatgateway.embedded;

import java.util.List;

/** Offset paging; a full page always has a nextLink, so the last one may be empty. */
final class Pages {
    private Pages() {}

    static <T> Reply byOffset(Call call, List<T> all, Wire.Item<T> writer, String path) {
        int from = Math.min(call.query().skip(), all.size());
        int size = call.query().pageSize(Query.DEFAULT_PAGE);
        List<T> page = all.subList(from, Math.min(from + size, all.size()));
        return Wire.page(page, writer, page.size() == size ? Links.nextByOffset(call, path, size) : null);
    }
}
