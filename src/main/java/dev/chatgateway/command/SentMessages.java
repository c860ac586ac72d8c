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

/** Looks for a message that may have been sent before, among the changes of its thread's last ten minutes. */
final class SentMessages {
    /** The reach of a client message id, in milliseconds (docs/protocol.md). */
    static final long REACH_MS = 600_000;

    private static final int PAGE = 200;

    /**
     * The service lets at most 30 writes of messages (edits and deletes among them) and 30 changes of participants a minute
     * into a thread: 600 in ten.
     */
    private static final int MAX_PAGES = 4;

    private final MessagePages pages;

    SentMessages(ChatService service) {
        this.pages = new MessagePages(service);
    }

    /** The id of the draft's message; empty if it is not there (yet). */
    Future<Optional<String>> find(Draft draft) {
        Query query = new Query(draft.token(), draft.threadId(), Priority.HISTORY, PAGE);
        return pages.first(query).compose(page -> find(draft, query, page, 0, 1));
    }

    /**
     * Ends where the list does, or where the versions are out of reach: an id says nothing of that, as an old message that
     * was edited lately stands before newer ones. The reach is counted back from the newest message, as the clocks of
     * gateway and service may differ.
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
