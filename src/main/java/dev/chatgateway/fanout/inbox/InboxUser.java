package dev.chatgateway.fanout.inbox;

import dev.chatgateway.event.InboxPosition;
import dev.chatgateway.event.InboxUpdate.Kind;
import dev.chatgateway.event.InboxUpdate.Move;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.protocol.EventPayloads;
import dev.chatgateway.protocol.FrameEncoder;
import dev.chatgateway.protocol.InboxCursorCodec;
import dev.chatgateway.protocol.RpcError;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One user's inbox on one event loop: movements in their order, each with what the inbox says of the thread by then. Read a
 * few at a time, once for all of the user's connections; a thread that moves again while it waits is read once.
 */
final class InboxUser {
    private static final int AT_ONCE = 8;
    /** Threads whose last notification is remembered, so that the same one does not go out twice. */
    private static final int REMEMBERED = 1_000;

    private final String userId;
    private final InboxEntries entries;
    private final InboxCursorCodec cursors;
    private final Map<Subscriber, InboxSubscription> subscriptions = new LinkedHashMap<>();
    private final Deque<Pending> queue = new ArrayDeque<>();
    private final Map<String, Integer> sent = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > REMEMBERED;
        }
    };
    private InboxPosition position = new InboxPosition(0, 0, 0);
    private int reading;

    InboxUser(String userId, InboxEntries entries, InboxCursorCodec cursors) {
        this.userId = userId;
        this.entries = entries;
        this.cursors = cursors;
    }

    /** A movement that waits to be told; to one connection only, if it is a replay. */
    private static final class Pending {
        private final Move move;
        private final long revision;
        private final @Nullable InboxSubscription only;
        private boolean begun;
        private boolean ended;
        private Optional<JsonObject> entry = Optional.empty();

        Pending(Move move, long revision, @Nullable InboxSubscription only) {
            this.move = move;
            this.revision = revision;
            this.only = only;
        }
    }

    void add(InboxSubscription subscription) {
        subscriptions.put(subscription.subscriber(), subscription);
    }

    @Nullable
    InboxSubscription find(Subscriber subscriber) {
        return subscriptions.get(subscriber);
    }

    void remove(Subscriber subscriber) {
        subscriptions.remove(subscriber);
    }

    boolean isEmpty() {
        return subscriptions.isEmpty();
    }

    /** Where the list is known to stand. */
    void position(InboxPosition known) {
        position = known;
    }

    /** A thread has moved in the list. */
    void moved(Move move, long revision) {
        position = move.position();
        enqueue(new Pending(move, revision, null));
    }

    /** A thread that is read by itself has moved; the list has not been read since. */
    void moved(String threadId, long revision) {
        enqueue(new Pending(new Move(threadId, Kind.MOVED, position, null), revision, null));
    }

    /** A movement that one connection has missed. */
    void replay(Move move, long revision, InboxSubscription to) {
        enqueue(new Pending(move, revision, to));
    }

    private void enqueue(Pending pending) {
        boolean waits = queue.stream()
                .anyMatch(p -> !p.begun
                        && p.only == pending.only
                        && p.move.kind() == pending.move.kind()
                        && p.move.threadId().equals(pending.move.threadId()));
        if (!waits) {
            queue.add(pending);
            readOn();
        }
    }

    private void readOn() {
        for (Pending pending : queue) {
            if (reading >= AT_ONCE) {
                return;
            }
            if (!pending.begun) {
                pending.begun = true;
                read(pending);
            }
        }
    }

    private void read(Pending pending) {
        Optional<UserToken> token = subscriptions.values().stream()
                .filter(InboxSubscription::live)
                .findFirst()
                .map(InboxSubscription::token);
        boolean gone = pending.move.kind() == Kind.DELETED || pending.move.kind() == Kind.REMOVED;
        reading++;
        Future<Optional<JsonObject>> entry = gone || token.isEmpty()
                ? Future.succeededFuture(Optional.of(unknown()))
                : entries.entry(token.get(), pending.move.threadId())
                        .map(Optional::of)
                        .otherwise(InboxUser::withoutEntry);
        entry.onSuccess(read -> {
            reading--;
            pending.entry = read;
            pending.ended = true;
            deliver();
            readOn();
        });
    }

    /** A refused user hears of it by the list; what could not be read for now is told without its content. */
    private static Optional<JsonObject> withoutEntry(Throwable failure) {
        boolean refused = failure instanceof RpcError e && (e.code() == 401 || e.code() == 403 || e.code() == 404);
        return refused ? Optional.empty() : Optional.of(unknown());
    }

    private static JsonObject unknown() {
        return new JsonObject().put("lastMessage", null).put("unreadCount", null);
    }

    /** In order: a cursor must not pass by a movement that its client has not heard of. */
    private void deliver() {
        while (!queue.isEmpty() && queue.peek().ended) {
            Pending next = queue.remove();
            next.entry.ifPresent(entry -> tell(next, entry));
        }
    }

    private void tell(Pending pending, JsonObject entry) {
        Move move = pending.move;
        String cursor = cursors.encode(userId, move.position());
        if (move.kind() == Kind.CREATED && move.created() != null) {
            JsonObject params = EventPayloads.params(move.created()).put("cursor", cursor);
            send(pending, "chatThreadCreated", params);
        }
        JsonObject params = new JsonObject().put("threadId", move.threadId()).mergeIn(entry);
        if (move.kind() == Kind.DELETED || move.kind() == Kind.REMOVED) {
            params.put("gone", move.kind() == Kind.DELETED ? "deleted" : "removed");
        }
        int state = params.encode().hashCode();
        if (pending.only != null || !Integer.valueOf(state).equals(sent.put(move.threadId(), state))) {
            send(pending, "inboxChanged", params.put("cursor", cursor));
        }
    }

    private void send(Pending pending, String method, JsonObject params) {
        String text = FrameEncoder.notification(method, params).encode();
        String threadId = pending.move.threadId();
        // A thread's creation must not take the place of its movement, or the other way round, while they are held.
        Frame frame = new Frame(Frame.Kind.CONTROL, threadId, -1, method + threadId, null, text);
        if (pending.only != null) {
            pending.only.subscriber().deliver(frame);
        } else {
            subscriptions.values().forEach(s -> s.deliver(frame, pending.revision));
        }
    }
}
