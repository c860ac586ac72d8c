package dev.chatgateway.command;

import dev.chatgateway.event.UserToken;
import dev.chatgateway.upstream.ChatCall;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.PageToken;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.WireModels;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads the messages of a thread page by page. The service lists them by version, in falling order: the message that was
 * sent, edited or deleted last comes first. A version is never below the id of its message, so whatever is not read yet
 * has an id of at most the last version read.
 */
final class MessagePages {
    private final ChatService service;

    MessagePages(ChatService service) {
        this.service = service;
    }

    /** Whose messages are listed, of which thread, and how many a page. */
    record Query(UserToken token, String threadId, Priority priority, int pageSize) {}

    /**
     * A message of a page, of any type.
     *
     * @param id arrival, epoch milliseconds
     * @param version last change, epoch milliseconds
     */
    record Listed(long id, long version, JsonObject json) {}

    /**
     * @param messages as listed; what has no number as its id and version is left out
     * @param next token of the page after this one; empty at the end of the list. A page may be short or empty and have one
     */
    record Page(List<Listed> messages, Optional<String> next) {}

    Future<Page> first(Query query) {
        return page(query, Map.of("maxPageSize", Integer.toString(query.pageSize)));
    }

    Future<Page> after(Query query, String next) {
        return page(query, PageToken.query(next, query.pageSize));
    }

    private Future<Page> page(Query query, Map<String, String> parameters) {
        ChatCall call = ChatCall.of(ChatOperation.LIST_MESSAGES, query.token, query.threadId, query.priority)
                .query(parameters);
        return service.call(call).map(reply -> new Page(listed(reply.body()), PageToken.after(reply.body())));
    }

    private static List<Listed> listed(JsonObject body) {
        List<Listed> messages = new ArrayList<>();
        for (Object entry : Listing.array(body, "value")) {
            if (entry instanceof JsonObject message) {
                Listed listed = new Listed(WireModels.id(message), WireModels.version(message), message);
                if (listed.id >= 0 && listed.version >= 0) {
                    messages.add(listed);
                }
            }
        }
        return messages;
    }
}
