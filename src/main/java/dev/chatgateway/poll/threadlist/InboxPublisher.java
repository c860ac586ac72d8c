package dev.chatgateway.poll.threadlist;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.InboxPosition;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.InboxUpdate.Kind;
import dev.chatgateway.event.InboxUpdate.Move;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.access.RefusedUsers;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.source.ThreadListing.Item;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tells the hubs what a user's list of threads has shown. Lives on the poller's context. */
final class InboxPublisher {
    /** New and vanished threads that are asked about in one reading; of others only the fact is told. */
    private static final int ASKED_ABOUT = 20;

    private final String userId;
    private final PollContext env;

    InboxPublisher(String userId, PollContext env) {
        this.userId = userId;
        this.env = env;
    }

    /** A thread has moved, or may have. */
    void moved(String threadId, InboxPosition position) {
        send(List.of(new Move(threadId, Kind.MOVED, position, null)));
    }

    /** Movements go out at once, oldest first, each with the position that it leads to; the rest when it was asked for. */
    void publish(ThreadListState.Changes changes, UserToken token, ThreadListState state) {
        List<Move> moves = new ArrayList<>();
        for (Item item : changes.moved()) {
            moves.add(new Move(item.threadId(), Kind.MOVED, state.position(item.movedAt()), null));
        }
        if (!moves.isEmpty()) {
            send(moves);
        }
        int asked = 0;
        for (Item item : changes.created()) {
            Future<Optional<ChatEvent.ThreadCreated>> event =
                    asked++ < ASKED_ABOUT ? created(item, token) : Future.succeededFuture(Optional.empty());
            event.onSuccess(
                    e -> send(List.of(new Move(item.threadId(), Kind.CREATED, state.position(), e.orElse(null)))));
        }
        for (Item item : changes.gone()) {
            Future<Kind> kind = item.deleted()
                    ? Future.succeededFuture(Kind.DELETED)
                    : asked++ < ASKED_ABOUT ? gone(item, token) : Future.succeededFuture(Kind.REMOVED);
            kind.onSuccess(k -> send(List.of(new Move(item.threadId(), k, state.position(), null))));
        }
    }

    /** Never fails: without the answer only the fact is told. */
    private Future<Optional<ChatEvent.ThreadCreated>> created(Item item, UserToken token) {
        return env.source()
                .properties(token, item.threadId(), Priority.POLL)
                .compose(properties -> env.source()
                        .participants(token, item.threadId(), Priority.POLL)
                        .map(roster -> Optional.of(new ChatEvent.ThreadCreated(
                                properties,
                                properties.createdOn().toEpochMilli(),
                                List.copyOf(roster.members().values())))))
                .otherwise(Optional.empty());
    }

    /** A thread that does not exist for the user is deleted; one that is refused, or is there, was left. */
    private Future<Kind> gone(Item item, UserToken token) {
        return env.source()
                .properties(token, item.threadId(), Priority.POLL)
                .map(properties -> properties.deletedOn() == null ? Kind.REMOVED : Kind.DELETED)
                .otherwise(failure ->
                        PollFailures.of(failure).status() == RefusedUsers.NOT_FOUND ? Kind.DELETED : Kind.REMOVED);
    }

    private void send(List<Move> moves) {
        env.inbox().accept(new InboxUpdate(userId, env.revisions().next(), moves));
    }
}
