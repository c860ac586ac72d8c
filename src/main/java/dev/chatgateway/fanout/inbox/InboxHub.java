package dev.chatgateway.fanout.inbox;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.InboxFeed.InboxPosition;
import dev.chatgateway.event.InboxFeed.InboxState;
import dev.chatgateway.event.InboxUpdate;
import dev.chatgateway.event.InboxUpdate.Kind;
import dev.chatgateway.event.InboxUpdate.Move;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.Notifications;
import dev.chatgateway.fanout.ResyncRecorder;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.InboxCursorCodec;
import dev.chatgateway.protocol.RpcError;
import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The inbox subscriptions of one event loop. It receives changes from the pollers of the users' thread lists, and earlier
 * from the updates of threads that this node polls or follows. Create, start and call it on one context; subscribers are
 * called there too.
 */
public final class InboxHub {
    /** The service's times are whole seconds, and it was seen to list threads up to 5 s out of order. */
    private static final long OVERLAP_MS = 6_000;
    /** A client that has missed changes of more threads must get the whole inbox again. */
    private static final int MAX_REPLAYED = 1_000;

    private final Vertx vertx;
    private final Context context;
    private final InboxFeed feed;
    private final InboxEntries entries;
    private final InboxCursorCodec cursors;
    private final GatewayMetrics metrics;
    private final Map<String, InboxUser> users = new HashMap<>();
    private final Map<Subscriber, InboxUser> userOf = new HashMap<>();
    private @Nullable MessageConsumer<InboxUpdate> listConsumer;

    /** Call it on the context of the verticle that owns the sockets. */
    public InboxHub(
            Vertx vertx, InboxFeed feed, InboxEntries entries, InboxCursorCodec cursors, GatewayMetrics metrics) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.feed = feed;
        this.entries = entries;
        this.cursors = cursors;
        this.metrics = metrics;
    }

    /** Begins to receive changes of the users' thread lists. */
    public Future<Void> start() {
        MessageConsumer<InboxUpdate> made =
                vertx.eventBus().localConsumer(InboxFeed.UPDATES, message -> applyUpdate(message.body()));
        listConsumer = made;
        return made.completion();
    }

    /** Ends all subscriptions without a notification. */
    public Future<Void> close() {
        List.copyOf(userOf.keySet()).forEach(this::unsubscribe);
        return listConsumer == null ? Future.succeededFuture() : listConsumer.unregister();
    }

    /**
     * Subscribes a connection to its user's inbox. A second call replaces the first subscription.
     *
     * @param cursor of the last notification that the client has; null for a first subscription
     * @param answer completed once, on this event loop, with {@code cursor}, {@code recovered} and {@code freshness}. The
     *     first notification is delivered after it has returned. Fails with {@link RpcError} for a bad cursor, else with the
     *     chat service's refusal
     */
    public void subscribe(
            UserToken token, @Nullable String cursor, Subscriber subscriber, Completable<JsonObject> answer) {
        InboxPosition since;
        try {
            since = cursor == null ? null : cursors.decode(token.userId(), cursor);
        } catch (RpcError refused) {
            answer.fail(refused);
            return;
        }
        remove(subscriber);
        InboxUser user = users.computeIfAbsent(token.userId(), id -> new InboxUser(id, entries, cursors));
        InboxSubscription subscription = new InboxSubscription(subscriber, token);
        user.add(subscription);
        userOf.put(subscriber, user);
        feed.watchInbox(subscriber.id(), token)
                .onComplete(watched -> context.runOnContext(v -> {
                    if (user.find(subscriber) != subscription) {
                        answer.fail(new RpcError(
                                409,
                                "subscribeInbox: given up before it was answered",
                                RpcError.data("Conflict", false, -1)));
                    } else if (watched.succeeded()) {
                        begin(user, subscription, since, watched.result(), answer);
                    } else {
                        unsubscribe(subscriber);
                        answer.fail(watched.cause());
                    }
                }));
    }

    private void begin(
            InboxUser user,
            InboxSubscription subscription,
            @Nullable InboxPosition since,
            InboxState state,
            Completable<JsonObject> answer) {
        List<InboxState.Entry> missed = since == null ? List.of() : missed(since, state);
        Resync resync = since == null ? null : resync(since, state, missed);
        boolean complete = resync == null;
        if (resync != null) {
            ResyncRecorder.inbox(metrics, subscription.token().userId(), resync);
        }
        InboxPosition from = since != null && complete ? since : state.position();
        String userId = subscription.token().userId();
        answer.succeed(new JsonObject()
                .put("cursor", cursors.encode(userId, from))
                .put("recovered", complete ? "complete" : "resync")
                .put("freshness", Notifications.json(state.freshness())));
        user.position(state.position());
        subscription.answered(state.revision());
        if (complete) {
            for (InboxState.Entry entry : missed) {
                InboxPosition after = new InboxPosition(
                        entry.movedAt(),
                        state.position().count(),
                        state.position().threadsHash());
                user.replay(new Move(entry.threadId(), Kind.MOVED, after, null), state.revision(), subscription);
            }
        }
    }

    private static @Nullable Resync resync(InboxPosition since, InboxState state, List<InboxState.Entry> missed) {
        if (!sameThreads(since, state)) {
            return new Resync(ResyncReason.MEMBERSHIP_CHANGED, Resync.Cause.INBOX_THREADS);
        }
        return missed.size() > MAX_REPLAYED ? new Resync(ResyncReason.CURSOR_TOO_OLD, Resync.Cause.INBOX_MOVES) : null;
    }

    /** The list alone does not show which threads came or went: in that case the client must get the whole inbox. */
    private static boolean sameThreads(InboxPosition since, InboxState state) {
        return since.count() == state.position().count()
                && since.threadsHash() == state.position().threadsHash();
    }

    private static List<InboxState.Entry> missed(InboxPosition since, InboxState state) {
        return state.entries().stream()
                .filter(entry -> entry.movedAt() >= since.time() - OVERLAP_MS)
                .sorted(Comparator.comparingLong(InboxState.Entry::movedAt))
                .toList();
    }

    /** Ends a connection's subscription. Idempotent. */
    public void unsubscribe(Subscriber subscriber) {
        if (remove(subscriber)) {
            feed.unwatchInbox(subscriber.id());
        }
    }

    /** The connection's token has expired: notifications are held until {@link #replaceToken}. */
    public void pause(Subscriber subscriber) {
        InboxSubscription subscription = find(subscriber);
        if (subscription != null) {
            subscription.pause();
        }
    }

    /** The service has accepted a new token of the connection's user: held notifications are delivered. */
    public void replaceToken(Subscriber subscriber, UserToken token) {
        InboxSubscription subscription = find(subscriber);
        if (subscription != null) {
            subscription.replaceToken(token);
        }
    }

    private @Nullable InboxSubscription find(Subscriber subscriber) {
        InboxUser user = userOf.get(subscriber);
        return user == null ? null : user.find(subscriber);
    }

    private boolean remove(Subscriber subscriber) {
        InboxUser user = userOf.remove(subscriber);
        if (user == null) {
            return false;
        }
        user.remove(subscriber);
        if (user.isEmpty()) {
            users.values().remove(user);
        }
        return true;
    }

    private void applyUpdate(InboxUpdate update) {
        InboxUser user = users.get(update.userId());
        if (user != null) {
            update.moves().forEach(move -> user.listChanged(move, update.revision()));
        }
    }

    /**
     * Applies an update of a thread that the event loop's {@link Hub} has received. It is earlier than the thread list. If
     * such an update is dropped because the event loop is overloaded, the next thread list has the change.
     */
    public void applyThreadUpdate(ThreadUpdate update) {
        if (users.isEmpty() || update.items().isEmpty()) {
            return;
        }
        for (String member : update.roster().members().keySet()) {
            InboxUser user = users.get(member);
            if (user != null && update.items().stream().anyMatch(item -> changesInbox(item.event(), member))) {
                update.items().forEach(item -> reportReceipt(item.event(), member));
                user.threadChanged(update.threadId(), update.revision());
            }
        }
    }

    private void reportReceipt(ChatEvent event, String userId) {
        if (event instanceof ChatEvent.ReceiptMoved moved
                && moved.receipt().readerId().equals(userId)) {
            entries.receiptFound(userId, event.threadId(), moved.receipt().messageId());
        }
    }

    /** Whether an event changes the entry of its thread in the user's inbox. */
    private static boolean changesInbox(ChatEvent event, String userId) {
        return switch (event.type()) {
            case READ_RECEIPT ->
                event instanceof ChatEvent.ReceiptMoved receipt
                        && receipt.receipt().readerId().equals(userId);
            // The thread list reports a deletion; typing changes nothing in the inbox.
            case TYPING_INDICATOR, TYPING_STOPPED, THREAD_DELETED -> false;
            case MESSAGE_RECEIVED,
                    MESSAGE_EDITED,
                    MESSAGE_DELETED,
                    THREAD_CREATED,
                    PROPERTIES_UPDATED,
                    PARTICIPANTS_ADDED,
                    PARTICIPANTS_REMOVED -> true;
        };
    }
}
