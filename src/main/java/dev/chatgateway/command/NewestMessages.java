package dev.chatgateway.command;

import dev.chatgateway.command.MessagePages.Listed;
import dev.chatgateway.command.MessagePages.Page;
import dev.chatgateway.command.MessagePages.Query;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.GatewayMetadata;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.ThreadReader;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the newest messages of a thread by arrival. The service lists by version, so old messages that changed lately come
 * first too: pages are listed until enough messages are certain to be the newest, or the limit of pages is reached.
 */
final class NewestMessages {
    /** Requested in addition, so that a few changes of old messages do not take a second page. */
    private static final int EXTRA = 20;

    private static final int MAX_PAGES = 5;

    private final MessagePages pages;

    NewestMessages(ChatService service) {
        this.pages = new MessagePages(service);
    }

    /** Fails like the chat service. */
    Future<NewestPage> find(UserToken token, String threadId, int limit) {
        int size = Math.min(ThreadReader.MAX_PAGE, limit + EXTRA);
        Query query = new Query(token, threadId, Priority.HISTORY, size);
        Search search = new Search(query, limit, new ArrayList<>());
        return pages.first(query).compose(page -> collect(search, page, Long.MAX_VALUE, 1));
    }

    private record Search(Query query, int limit, List<Listed> listed) {}

    /** @param readBefore lowest version of the pages before */
    private Future<NewestPage> collect(Search search, Page page, long readBefore, int count) {
        search.listed.addAll(page.messages());
        long lowest = page.messages().stream().mapToLong(Listed::version).min().orElse(readBefore);
        long readTo = page.next().isEmpty() ? 0 : Math.min(readBefore, lowest);
        long certain = search.listed.stream().filter(m -> m.id() >= readTo).count();
        if (readTo == 0 || certain >= search.limit || count == MAX_PAGES) {
            return Future.succeededFuture(new NewestPage(newestFirst(search), readTo));
        }
        return pages.after(search.query, page.next().get()).compose(next -> collect(search, next, readTo, count + 1));
    }

    private static JsonArray newestFirst(Search search) {
        JsonArray messages = new JsonArray();
        search.listed.stream()
                .sorted(Comparator.comparingLong(Listed::id).reversed())
                .limit(search.limit)
                .forEach(message -> {
                    GatewayMetadata.strip(message.json());
                    messages.add(message.json());
                });
        return messages;
    }
}
