package dev.chatgateway.fanout.inbox;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.InboxFeed.InboxPosition;
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
 * The inbox of one user on one event loop: a queue of changed threads, for each of which the inbox entry is fetched before
 * the change is delivered in order. Entries are fetched a few at a time and once for all connections of the user. A thread
 * that changes again while it is queued is fetched once.
 */
final class InboxUser {
    private static final int MAX_CONCURRENT_FETCHES = 8;
    /** Number of threads whose last notification is kept, so that an equal one is not sent again. */
    private static final int MAX_SENT = 1_000;

    private final String userId;
    private final InboxEntries entries;
    private final InboxCursorCodec cursors;
    private final Map<Subscriber, InboxSubscription> subscriptions = new LinkedHashMap<>();
    private final Deque<Pending> queue = new ArrayDeque<>();
    private final Map<String, Integer> sent = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Integer> eldest) {
            return size() > MAX_SENT;
        }
    };
    private InboxPosition position = new InboxPosition(0, 0, 0);
    private int fetching;

    InboxUser(String userId, InboxEntries entries, InboxCursorCodec cursors) {
        this.userId = userId;
        this.entries = entries;
        this.cursors = cursors;
    }

    /** A change that is not delivered yet. A replay is for one connection only. */
    private static final class Pending {
        private final Move move;
        private final long revision;
        private final @Nullable InboxSubscription receiver;
        private boolean fetchStarted;
        private boolean fetched;
        private Optional<JsonObject> entry = Optional.empty();

        Pending(Move move, long revision, @Nullable InboxSubscription receiver) {
            this.move = move;
            this.revision = revision;
            this.receiver = receiver;
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

    /** Sets the position of the thread list as a subscription found it. */
    void position(InboxPosition known) {
        position = known;
    }

    /** The thread list has changed. */
    void listChanged(Move move, long revision) {
        position = move.position();
        enqueue(new Pending(move, revision, null));
    }

    /** A thread has changed since the thread list was last polled. */
    void threadChanged(String threadId, long revision) {
        enqueue(new Pending(new Move(threadId, Kind.MOVED, position, null), revision, null));
    }

    /** A change that one connection has missed. */
    void replay(Move move, long revision, InboxSubscription to) {
        enqueue(new Pending(move, revision, to));
    }

    private void enqueue(Pending pending) {
        boolean queued = queue.stream()
                .anyMatch(p -> !p.fetchStarted
                        && p.receiver == pending.receiver
                        && p.move.kind() == pending.move.kind()
                        && p.move.threadId().equals(pending.move.threadId()));
        if (!queued) {
            queue.add(pending);
            fetchNext();
        }
    }

    private void fetchNext() {
        for (Pending pending : queue) {
            if (fetching >= MAX_CONCURRENT_FETCHES) {
                return;
            }
            if (!pending.fetchStarted) {
                pending.fetchStarted = true;
                fetch(pending);
            }
        }
    }

    private void fetch(Pending pending) {
        Optional<UserToken> token = subscriptions.values().stream()
                .filter(InboxSubscription::hasValidToken)
                .findFirst()
                .map(InboxSubscription::token);
        boolean gone = pending.move.kind() == Kind.DELETED || pending.move.kind() == Kind.REMOVED;
        fetching++;
        Future<Optional<JsonObject>> entry = gone || token.isEmpty()
                ? Future.succeededFuture(Optional.of(unknown()))
                : entries.entry(token.get(), pending.move.threadId())
                        .map(Optional::of)
                        .otherwise(InboxUser::withoutEntry);
        entry.onSuccess(result -> {
            fetching--;
            pending.entry = result;
            pending.fetched = true;
            deliverFetched();
            fetchNext();
        });
    }

    /** Nothing is sent to a refused user: the thread list reports the removal. After another failure the entry is empty. */
    private static Optional<JsonObject> withoutEntry(Throwable failure) {
        boolean refused = failure instanceof RpcError e && (e.code() == 401 || e.code() == 403 || e.code() == 404);
        return refused ? Optional.empty() : Optional.of(unknown());
    }

    private static JsonObject unknown() {
        return new JsonObject().put("lastMessage", null).put("unreadCount", null);
    }

    /** In order: a cursor must not be past a change that the client has not got. */
    private void deliverFetched() {
        while (!queue.isEmpty() && queue.peek().fetched) {
            Pending next = queue.remove();
            next.entry.ifPresent(entry -> send(next, entry));
        }
    }

    private void send(Pending pending, JsonObject entry) {
        Move move = pending.move;
        String cursor = cursors.encode(userId, move.position());
        if (move.kind() == Kind.CREATED && move.created() != null) {
            JsonObject params = EventPayloads.params(move.created()).put("cursor", cursor);
            send(pending, ChatEvent.Type.THREAD_CREATED.method(), cursor, params);
        }
        JsonObject params = new JsonObject().put("threadId", move.threadId()).mergeIn(entry);
        if (move.kind() == Kind.DELETED || move.kind() == Kind.REMOVED) {
            params.put("gone", move.kind() == Kind.DELETED ? "deleted" : "removed");
        }
        int state = params.encode().hashCode();
        if (pending.receiver != null || !Integer.valueOf(state).equals(sent.put(move.threadId(), state))) {
            send(pending, "inboxChanged", cursor, params.put("cursor", cursor));
        }
    }

    private void send(Pending pending, String method, String cursor, JsonObject params) {
        String text = FrameEncoder.notification(method, params).encode();
        String threadId = pending.move.threadId();
        // Two keys, so that among held notifications the creation of a thread and its change do not replace each other.
        Frame frame = new Frame(Frame.Kind.CONTROL, threadId, -1, method + threadId, cursor, text);
        if (pending.receiver != null) {
            pending.receiver.subscriber().deliver(frame);
        } else {
            subscriptions.values().forEach(s -> s.deliver(frame, pending.revision));
        }
    }
}
