package dev.chatgateway.socket.connection;

import dev.chatgateway.command.Caller;
import dev.chatgateway.command.Commands;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.SubscribeRequest;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.fanout.inbox.InboxHub;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.RpcRequest;
import dev.chatgateway.socket.transport.OutboundQueue;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Dispatches requests by their method to the hubs and the commands. One for each event loop. Owned by the event loop,
 * except {@link #runOnEventLoop}.
 */
public final class RequestDispatcher {
    private static final int MAX_ID_LENGTH = 256;
    private static final int MAX_CURSOR_LENGTH = 512;
    private static final int MAX_INITIAL_MESSAGES = 200;

    private final Commands commands;
    private final Hub hub;
    private final InboxHub inbox;
    private final IntSupplier maxSubscriptions;
    private final Executor eventLoop;

    /** @param eventLoop runs a task on the event loop */
    public RequestDispatcher(
            Commands commands, Hub hub, InboxHub inbox, IntSupplier maxSubscriptions, Executor eventLoop) {
        this.eventLoop = eventLoop;
        this.inbox = inbox;
        this.commands = commands;
        this.hub = hub;
        this.maxSubscriptions = maxSubscriptions;
    }

    /** Runs a task on the event loop. Any thread. */
    void runOnEventLoop(Runnable task) {
        eventLoop.execute(task);
    }

    /** Whether the method exists. */
    boolean knows(String method) {
        return switch (method) {
            case "authenticate", "ping", "subscribe", "unsubscribe", "subscribeInbox", "unsubscribeInbox", "ack" ->
                true;
            default -> commands.knows(method);
        };
    }

    /** Whether the method acts on the connection that it comes on. */
    static boolean needsConnection(String method) {
        return switch (method) {
            case "authenticate", "subscribe", "unsubscribe", "subscribeInbox", "unsubscribeInbox", "ack" -> true;
            default -> false;
        };
    }

    /** The monotonic clock of the commands, in milliseconds. */
    long nowMs() {
        return commands.nowMs();
    }

    /** Converts a failure to the error that the client receives. */
    RpcError toError(String method, Throwable failure) {
        return commands.refusal(method, failure);
    }

    /** Executes a request of an authenticated connection. A refused request fails the future. */
    public Future<JsonObject> execute(RpcRequest request, Caller caller, Subscriber subscriber) {
        Params params = new Params(request.params());
        try {
            return switch (request.method()) {
                case "ping" -> {
                    params.finish();
                    yield Future.succeededFuture(new JsonObject());
                }
                case "subscribe" -> subscribe(params, caller, subscriber);
                case "unsubscribe" -> unsubscribe(params, subscriber);
                case "subscribeInbox" -> subscribeInbox(params, caller, subscriber);
                case "unsubscribeInbox" -> {
                    params.finish();
                    inbox.unsubscribe(subscriber);
                    yield Future.succeededFuture(new JsonObject());
                }
                case "ack" -> acknowledge(params);
                default -> commands.execute(request.method(), params, caller);
            };
        } catch (RpcError invalid) {
            return Future.failedFuture(invalid);
        }
    }

    private Future<JsonObject> subscribe(Params params, Caller caller, Subscriber subscriber) {
        String threadId = params.string("threadId", 1, MAX_ID_LENGTH);
        String cursor = params.optionalString("cursor", 1, MAX_CURSOR_LENGTH).orElse(null);
        int initial = params.optionalInt("limit", 0, MAX_INITIAL_MESSAGES).orElse(0);
        Set<EventGroup> groups = groups(params);
        Set<Part> include = include(params);
        params.finish();
        int limit = maxSubscriptions.getAsInt();
        if (hub.subscriptions(subscriber) >= limit) {
            throw RpcError.tooManyRequests(
                    "subscriptions: more than " + limit + " (expected: at most that per connection)", -1);
        }
        // A promise that is not bound to a context: the reply must be written inside the call of the hub, before the
        // first event.
        Promise<JsonObject> reply = Promise.promise();
        hub.subscribe(
                new SubscribeRequest(threadId, caller.token(), groups, include, cursor, initial), subscriber, reply);
        return reply.future();
    }

    private Future<JsonObject> subscribeInbox(Params params, Caller caller, Subscriber subscriber) {
        String cursor = params.optionalString("cursor", 1, MAX_CURSOR_LENGTH).orElse(null);
        params.finish();
        Promise<JsonObject> reply = Promise.promise();
        inbox.subscribe(caller.token(), cursor, subscriber, reply);
        return reply.future();
    }

    private Future<JsonObject> acknowledge(Params params) {
        String cursor = params.string("cursor", 1, MAX_CURSOR_LENGTH);
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
            groups.add(EventGroup.ofToken(String.valueOf(names.getValue(i)))
                    .orElseThrow(() -> params.refuse(
                            "events",
                            "an unknown name",
                            someOf(Arrays.stream(EventGroup.values()).map(EventGroup::token)))));
        }
        return groups;
    }

    private static Set<Part> include(Params params) {
        JsonArray names = params.array("include", Part.values().length);
        Set<Part> parts = EnumSet.noneOf(Part.class);
        for (int i = 0; i < names.size(); i++) {
            String name = String.valueOf(names.getValue(i));
            parts.add(Part.ofToken(name)
                    .orElseThrow(() -> params.refuse(
                            "include",
                            Params.shown(name),
                            someOf(Arrays.stream(Part.values()).map(Part::token)))));
        }
        return parts;
    }

    private static String someOf(Stream<String> names) {
        return "some of " + names.collect(Collectors.joining(", "));
    }

    private Future<JsonObject> unsubscribe(Params params, Subscriber subscriber) {
        String threadId = params.string("threadId", 1, MAX_ID_LENGTH);
        params.finish();
        hub.unsubscribe(threadId, subscriber);
        return Future.succeededFuture(new JsonObject());
    }

    /** Number of threads that the connection is subscribed to. */
    int subscriptions(Subscriber subscriber) {
        return hub.subscriptions(subscriber);
    }

    /** The notification of a subscriber whose outbound queue has dropped the events of a thread. */
    Frame resync(Subscriber subscriber, String threadId, String cursor) {
        return hub.resync(subscriber, threadId, cursor, OutboundQueue.RESYNC);
    }

    void pause(Subscriber subscriber) {
        hub.pause(subscriber);
        inbox.pause(subscriber);
    }

    void pauseUnproven(Subscriber subscriber) {
        hub.holdUnproven(subscriber);
        inbox.pause(subscriber);
    }

    void replaceToken(Subscriber subscriber, UserToken token) {
        hub.replaceToken(subscriber, token);
        inbox.replaceToken(subscriber, token);
    }

    void remove(Subscriber subscriber) {
        hub.drop(subscriber);
        inbox.unsubscribe(subscriber);
    }
}
