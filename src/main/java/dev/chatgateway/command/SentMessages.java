package dev.chatgateway.command;

import dev.chatgateway.command.MessagePages.Listed;
import dev.chatgateway.command.MessagePages.Page;
import dev.chatgateway.command.MessagePages.Query;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.GatewayMetadata;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.WireModels;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** Searches the changes of a thread's last ten minutes for a message that may have been sent before. */
final class SentMessages {
    /** How long a client message id is recognised, in milliseconds (docs/protocol.md). */
    static final long REACH_MS = 600_000;

    private static final int PAGE = 200;

    /**
     * The service accepts 30 message writes (sends, edits, deletions) and 30 participant changes a minute per thread: 600 in
     * ten minutes.
     */
    private static final int MAX_PAGES = 4;

    private final MessagePages pages;

    SentMessages(ChatService service) {
        this.pages = new MessagePages(service);
    }

    /** The id of the draft's message; empty if it is not found. */
    Future<Optional<String>> find(Draft draft) {
        Query query = new Query(draft.token(), draft.threadId(), Priority.HISTORY, PAGE);
        return pages.first(query).compose(page -> find(draft, query, page, 0, 1));
    }

    /**
     * Ends with the list or at versions more than ten minutes old. Ids do not say that, as an old message that was edited
     * lately precedes newer ones. The ten minutes are counted back from the newest message, as the clocks of gateway and
     * service may differ.
     *
     * @param newestId highest id of the pages before
     */
    private Future<Optional<String>> find(Draft draft, Query query, Page page, long newestId, int count) {
        long newest = newestId;
        long lowestVersion = Long.MAX_VALUE;
        for (Listed message : page.messages()) {
            if (matches(draft, message.json())) {
                return Future.succeededFuture(Optional.of(Long.toString(message.id())));
            }
            newest = Math.max(newest, message.id());
            lowestVersion = Math.min(lowestVersion, message.version());
        }
        if (page.next().isEmpty() || lowestVersion < newest - REACH_MS || count >= MAX_PAGES) {
            return Future.succeededFuture(Optional.empty());
        }
        long soFar = newest;
        return pages.after(query, page.next().get()).compose(next -> find(draft, query, next, soFar, count + 1));
    }

    private static boolean matches(Draft draft, JsonObject message) {
        return message.getValue("metadata") instanceof JsonObject metadata
                && draft.clientMessageId().equals(metadata.getValue(GatewayMetadata.CLIENT_MESSAGE_ID))
                && message.getValue("senderCommunicationIdentifier") instanceof JsonObject sender
                && WireModels.userId(sender)
                        .filter(draft.token().userId()::equals)
                        .isPresent();
    }
}
