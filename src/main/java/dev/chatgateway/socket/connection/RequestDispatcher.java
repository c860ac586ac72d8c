package dev.chatgateway.socket.connection;

import dev.chatgateway.command.Caller;
import dev.chatgateway.command.Commands;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.SubscribeRequest;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.fanout.inbox.InboxHub;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.RpcRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.IntSupplier;

/** From a method's name to what carries it out; one per event loop, over the loop's hub. */
public final class RequestDispatcher {
    private static final int ID_LENGTH = 256;
    private static final int CURSOR_LENGTH = 512;
    private static final int FIRST_MESSAGES = 200;

    private final Commands commands;
    private final Hub hub;
    private final InboxHub inbox;
    private final IntSupplier subscriptions;
    private final Executor loop;

    /** @param loop the event loop */
    public RequestDispatcher(Commands commands, Hub hub, InboxHub inbox, IntSupplier subscriptions, Executor loop) {
        this.loop = loop;
        this.inbox = inbox;
        this.commands = commands;
        this.hub = hub;
        this.subscriptions = subscriptions;
    }

    /** Runs something on the event loop. Any thread. */
    void onLoop(Runnable task) {
        loop.execute(task);
    }

    /** Whether there is such a method. */
    boolean knows(String method) {
        return switch (method) {
            case "authenticate", "ping", "subscribe", "unsubscribe", "subscribeInbox", "unsubscribeInbox", "ack" ->
                true;
            default -> commands.knows(method);
        };
    }

    /** The time of the commands: milliseconds that never go back. */
    long nowMs() {
        return commands.nowMs();
    }

    /** A failure as the error that the client gets. */
    RpcError refusal(String method, Throwable failure) {
        return commands.refusal(method, failure);
    }

    /** Carries out a request of an authenticated connection; a refusal is a failed future. */
    public Future<JsonObject> carryOut(RpcRequest request, Caller who, Subscriber subscriber) {
        Params params = new Params(request.params());
        try {
            return switch (request.method()) {
                case "ping" -> {
                    params.finish();
                    yield Future.succeededFuture(new JsonObject());
                }
                case "subscribe" -> subscribe(params, who, subscriber);
                case "unsubscribe" -> unsubscribe(params, subscriber);
                case "subscribeInbox" -> subscribeInbox(params, who, subscriber);
                case "unsubscribeInbox" -> {
                    params.finish();
                    inbox.unsubscribe(subscriber);
                    yield Future.succeededFuture(new JsonObject());
                }
                case "ack" -> acknowledge(params);
                default -> commands.execute(request.method(), params, who);
            };
        } catch (RpcError refused) {
            return Future.failedFuture(refused);
        }
    }

    private Future<JsonObject> subscribe(Params params, Caller who, Subscriber subscriber) {
        String threadId = params.string("threadId", 1, ID_LENGTH);
        String cursor = params.optionalString("cursor", 1, CURSOR_LENGTH).orElse(null);
        int first = params.optionalInt("limit", 0, FIRST_MESSAGES).orElse(0);
        Set<EventGroup> groups = groups(params);
        params.finish();
        int limit = subscriptions.getAsInt();
        if (hub.subscriptions(subscriber) >= limit) {
            throw RpcError.tooManyRequests(
                    "subscriptions: more than " + limit + " (expected: at most that per connection)", -1);
        }
        // Not bound to a context: the answer must be written within the hub's call, before the first event.
        Promise<JsonObject> answer = Promise.promise();
        hub.subscribe(new SubscribeRequest(threadId, who.token(), groups, cursor, first), subscriber, answer);
        return answer.future();
    }

    private Future<JsonObject> subscribeInbox(Params params, Caller who, Subscriber subscriber) {
        String cursor = params.optionalString("cursor", 1, CURSOR_LENGTH).orElse(null);
        params.finish();
        Promise<JsonObject> answer = Promise.promise();
        inbox.subscribe(who.token(), cursor, subscriber, answer);
        return answer.future();
    }

    private Future<JsonObject> acknowledge(Params params) {
        String cursor = params.string("cursor", 1, CURSOR_LENGTH);
        params.finish();
        hub.recordAcknowledgement(cursor);
        return Future.succeededFuture(new JsonObject());
    }

    private static Set<EventGroup> groups(Params params) {
        JsonArray names = params.array("events", EventGroup.values().length);
        if (names.isEmpty()) {
            return EventGroup.all();
        }
        Set<EventGroup> groups = EnumSet.noneOf(EventGroup.class);
        for (int i = 0; i < names.size(); i++) {
            String name = String.valueOf(names.getValue(i));
            groups.add(EventGroup.ofToken(name)
                    .orElseThrow(() -> params.refuse(
                            "events",
                            "an unknown name",
                            "some of "
                                    + String.join(
                                            ", ",
                                            Arrays.stream(EventGroup.values())
                                                    .map(EventGroup::token)
                                                    .toList()))));
        }
        return groups;
    }

    private Future<JsonObject> unsubscribe(Params params, Subscriber subscriber) {
        String threadId = params.string("threadId", 1, ID_LENGTH);
        params.finish();
        hub.unsubscribe(threadId, subscriber);
        return Future.succeededFuture(new JsonObject());
    }

    /** Threads that the connection is subscribed to. */
    int subscriptions(Subscriber subscriber) {
        return hub.subscriptions(subscriber);
    }

    void pause(Subscriber subscriber) {
        hub.pause(subscriber);
        inbox.pause(subscriber);
    }

    void doubt(Subscriber subscriber) {
        hub.holdUnproven(subscriber);
        inbox.pause(subscriber);
    }

    void replaceToken(Subscriber subscriber, UserToken token) {
        hub.replaceToken(subscriber, token);
        inbox.replaceToken(subscriber, token);
    }

    void drop(Subscriber subscriber) {
        hub.drop(subscriber);
        inbox.unsubscribe(subscriber);
    }
}
