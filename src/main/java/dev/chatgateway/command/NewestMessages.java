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
 * The newest messages of a thread by their arrival. The service lists by version, so old messages that changed lately stand
 * among the first: it is read on until enough messages are certain to be the newest, within a bound of pages.
 */
final class NewestMessages {
    /** Asked for beyond what is wanted, so that some changes of old messages cost no second page. */
    private static final int SPARE = 20;

    private static final int MOST_PAGES = 5;

    private final MessagePages pages;

    NewestMessages(ChatService service) {
        this.pages = new MessagePages(service);
    }

    /** Fails as the chat service does. */
    Future<NewestPage> read(UserToken token, String threadId, int limit) {
        int size = Math.min(ThreadReader.MAX_PAGE, limit + SPARE);
        Query query = new Query(token, threadId, Priority.HISTORY, size);
        Reading reading = new Reading(query, limit, new ArrayList<>());
        return pages.first(query).compose(page -> read(reading, page, Long.MAX_VALUE, 1));
    }

    private record Reading(Query query, int limit, List<Listed> got) {}

    /** @param readBefore last version of the pages before */
    private Future<NewestPage> read(Reading reading, Page page, long readBefore, int count) {
        reading.got.addAll(page.messages());
        long lowest = page.messages().stream().mapToLong(Listed::version).min().orElse(readBefore);
        long readTo = page.next().isEmpty() ? 0 : Math.min(readBefore, lowest);
        long certain = reading.got.stream().filter(m -> m.id() >= readTo).count();
        if (readTo == 0 || certain >= reading.limit || count == MOST_PAGES) {
            return Future.succeededFuture(new NewestPage(newestFirst(reading), readTo));
        }
        return pages.after(reading.query, page.next().get()).compose(next -> read(reading, next, readTo, count + 1));
    }

    private static JsonArray newestFirst(Reading reading) {
        JsonArray messages = new JsonArray();
        reading.got.stream()
                .sorted(Comparator.comparingLong(Listed::id).reversed())
                .limit(reading.limit)
                .forEach(message -> {
                    GatewayMetadata.strip(message.json());
                    messages.add(message.json());
                });
        return messages;
    }
}
