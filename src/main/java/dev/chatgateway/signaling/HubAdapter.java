package dev.chatgateway.signaling;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.SubscribeRequest;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What sessions ask of the hub of their event loop and of the poller. Owned by the loop. */
final class HubAdapter {
    private final Hub hub;
    private final InboxFeed lists;
    private final CursorCodec cursors;

    HubAdapter(Hub hub, InboxFeed lists, CursorCodec cursors) {
        this.hub = hub;
        this.lists = lists;
        this.cursors = cursors;
    }

    /**
     * Subscribes to all events of a thread.
     *
     * @param cursor where the client stopped, or where it begins; the answer has messages only if it cannot continue there
     * @param participants whether the answer has the participants
     */
    void subscribe(
            String threadId,
            UserToken token,
            String cursor,
            boolean participants,
            Subscriber subscriber,
            Completable<JsonObject> answer) {
        Set<Part> include = participants ? Set.of(Part.PARTICIPANTS) : Set.of();
        hub.subscribe(new SubscribeRequest(threadId, token, EventGroup.all(), include, cursor, 0), subscriber, answer);
    }

    void unsubscribe(String threadId, Subscriber subscriber) {
        hub.unsubscribe(threadId, subscriber);
    }

    /** Ends all subscriptions of threads. */
    void drop(Subscriber subscriber) {
        hub.drop(subscriber);
    }

    /** The list of the user's threads need not be read any more. */
    void dropList(Subscriber subscriber) {
        lists.unwatchInbox(subscriber.id());
    }

    /** The token has expired: events are held. */
    void pause(Subscriber subscriber) {
        hub.pause(subscriber);
    }

    /** The token was not proved again in time: events are held. */
    void doubt(Subscriber subscriber) {
        hub.holdUnproven(subscriber);
    }

    /** A token was accepted by the service: events that were held are delivered. */
    void replaceToken(Subscriber subscriber, UserToken token) {
        hub.replaceToken(subscriber, token);
    }

    /** Has the list of the user's threads read until {@link #dropList}. */
    Future<InboxFeed.InboxState> threads(Subscriber subscriber, UserToken token) {
        return lists.watchInbox(subscriber.id(), token);
    }

    /**
     * The cursor of a client that lacks exactly what happens in a thread after a time.
     *
     * @param time epoch milliseconds by the service's clock
     */
    String cursorAt(String threadId, long time) {
        return cursors.encode(threadId, Position.atTime(time));
    }

    /** Every change up to this version is known at a cursor; epoch milliseconds by the service's clock, 0 if unknown. */
    long version(@Nullable String cursor) {
        return cursor == null ? 0 : cursors.version(cursor).orElse(0);
    }

    /** The HTTP status that a refusal stands for. */
    static int status(Throwable failure) {
        if (failure instanceof RpcError error) {
            return error.code();
        }
        return failure instanceof ChatServiceException refused ? refused.status() : 500;
    }
}
