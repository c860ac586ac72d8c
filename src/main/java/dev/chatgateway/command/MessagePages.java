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
 * Lists the messages of a thread page by page. The service lists them by falling version: the message that was sent,
 * edited or deleted last comes first. A version is never below the id of its message, so a message that is not listed yet
 * has an id of at most the lowest version so far (docs/service-reference.md, Listing order and versions).
 */
final class MessagePages {
    private final ChatService service;

    MessagePages(ChatService service) {
        this.service = service;
    }

    /** One listing of a thread with a user's token. */
    record Query(UserToken token, String threadId, Priority priority, int pageSize) {}

    /**
     * A message of a page, of any type.
     *
     * @param id arrival in epoch milliseconds
     * @param version last change in epoch milliseconds
     */
    record Listed(long id, long version, JsonObject json) {}

    /**
     * @param messages in the order of the service, without those whose id or version is no number
     * @param next page token of the next page; empty at the end of the list. A short or empty page may have one
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
