package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.InboxFeed.InboxPosition;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.InboxUpdate.Kind;
import dev.chatgateway.event.InboxUpdate.Move;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.RefusedUsers;
import dev.chatgateway.poll.diff.Hashes;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.source.ThreadListing.Item;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Publishes the changes of a user's thread list to the hubs. Used on the poller's context. */
final class InboxPublisher {
    /** Added and removed threads of one listing for which calls are made. The others are published without details. */
    private static final int MAX_CALLS = 20;

    private final String userId;
    private final PollContext context;
    /** Change of the number of threads by added and removed threads that are not published yet. */
    private int unpublishedCount;
    /** The same for the hash of the thread ids. */
    private long unpublishedHash;

    InboxPublisher(String userId, PollContext context) {
        this.userId = userId;
        this.context = context;
    }

    /** Publishes that a thread has, or may have, a new last message. */
    void publishUpdated(String threadId, ThreadListState state) {
        publish(List.of(new Move(threadId, Kind.MOVED, published(state.position()), null)));
    }

    /**
     * Publishes updated threads at once, oldest message first, each with the position after it. Added and removed
     * threads follow when the calls for their details have ended.
     */
    void publish(ThreadListState.Changes changes, UserToken token, ThreadListState state) {
        changes.added().forEach(item -> addUnpublished(item, 1));
        changes.removed().forEach(item -> addUnpublished(item, -1));
        List<Move> moves = new ArrayList<>();
        for (Item item : changes.updated()) {
            InboxPosition position = published(state.position(item.lastMessageAt()));
            moves.add(new Move(item.threadId(), Kind.MOVED, position, null));
        }
        if (!moves.isEmpty()) {
            publish(moves);
        }
        int calls = 0;
        for (Item item : changes.added()) {
            Future<Optional<ChatEvent.ThreadCreated>> event =
                    calls++ < MAX_CALLS ? createdEvent(item, token) : Future.succeededFuture(Optional.empty());
            event.onSuccess(e -> {
                addUnpublished(item, -1);
                InboxPosition position = published(state.position());
                publish(List.of(new Move(item.threadId(), Kind.CREATED, position, e.orElse(null))));
            });
        }
        for (Item item : changes.removed()) {
            Future<Kind> kind = item.deleted()
                    ? Future.succeededFuture(Kind.DELETED)
                    : calls++ < MAX_CALLS ? kindOfRemoval(item, token) : Future.succeededFuture(Kind.REMOVED);
            kind.onSuccess(k -> {
                addUnpublished(item, 1);
                publish(List.of(new Move(item.threadId(), k, published(state.position()), null)));
            });
        }
    }

    private void addUnpublished(Item item, int sign) {
        unpublishedCount += sign;
        unpublishedHash += sign * Hashes.text(item.threadId());
    }

    /**
     * The position without threads whose addition or removal is not published yet. A client that resumes from a
     * position with them would not learn of them.
     */
    private InboxPosition published(InboxPosition position) {
        return new InboxPosition(
                position.time(), position.count() - unpublishedCount, position.threadsHash() - unpublishedHash);
    }

    /** Reads the details of an added thread. Never fails: empty if a call fails. */
    private Future<Optional<ChatEvent.ThreadCreated>> createdEvent(Item item, UserToken token) {
        return context.source()
                .properties(token, item.threadId(), Priority.POLL)
                .compose(properties -> context.source()
                        .participants(token, item.threadId(), Priority.POLL)
                        .map(roster -> Optional.of(new ChatEvent.ThreadCreated(
                                properties,
                                properties.createdOn().toEpochMilli(),
                                List.copyOf(roster.members().values())))))
                .otherwise(Optional.empty());
    }

    /**
     * Distinguishes a deleted thread, for which the service answers 404, from one that the user has left: the service
     * refuses access to it, or still shows it. Never fails.
     */
    private Future<Kind> kindOfRemoval(Item item, UserToken token) {
        return context.source()
                .properties(token, item.threadId(), Priority.POLL)
                .map(properties -> properties.deletedOn() == null ? Kind.REMOVED : Kind.DELETED)
                .otherwise(failure ->
                        PollFailures.of(failure).status() == RefusedUsers.NOT_FOUND ? Kind.DELETED : Kind.REMOVED);
    }

    private void publish(List<Move> moves) {
        context.inbox().accept(new InboxUpdate(userId, context.revisions().next(), moves));
    }
}
