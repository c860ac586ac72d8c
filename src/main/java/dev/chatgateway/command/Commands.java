package dev.chatgateway.command;

import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.Params;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.upstream.ChatService;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.ThreadReader;
import dev.chatgateway.upstream.Timers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/**
 * The methods of the protocol that call the chat service: those of docs/protocol.md except the ones that a connection
 * implements itself. May be called from any context; futures complete on it and fail only with {@link RpcError}.
 */
public final class Commands {
    private final Map<String, Command> methods = new HashMap<>();
    private final RpcFailures failures = new RpcFailures();
    private final InboxEntryReader inbox;
    private final ReadMarks marks;
    private final NewestMessages newest;
    private final Timers timers;

    public Commands(
            Vertx vertx,
            ChatService service,
            ThreadFeed feed,
            GatewayMetrics metrics,
            Timers timers,
            Clock clock,
            CommandLimits limits) {
        this.timers = timers;
        Writes writes = new Writes(service, feed);
        SendMemory memory = new SendMemory(timers, metrics);
        methods.putAll(new ThreadCommands(service, writes).methods());
        methods.putAll(new MessageCommands(service, writes, limits).methods());
        methods.putAll(new ParticipantCommands(service, feed, writes).methods());
        marks = new ReadMarks(service, new ThreadReader(service, clock, metrics), clock);
        inbox = new InboxEntryReader(service, marks);
        newest = new NewestMessages(service);
        methods.putAll(new InboxCommands(service, inbox).methods());
        methods.putAll(new SignalCommands(service, feed, writes, marks, clock).methods());
        methods.put("sendMessage", new SendCommand(new SentMessages(service), memory, writes, vertx, timers, limits));
    }

    /** Monotonic milliseconds, for the age of requests. Any thread. */
    public long nowMs() {
        return timers.nowMs();
    }

    /** Whether {@link #execute} has the method. */
    public boolean knows(String method) {
        return methods.containsKey(method);
    }

    /** Converts a failure of a chat service call to an error of the protocol, for methods that are implemented elsewhere. */
    public RpcError refusal(String method, Throwable failure) {
        return failures.toRpcError(method, failure);
    }

    /** The inbox entry of a thread that has changed. Admitted like a refresh hint, so that interactive calls go first. */
    public Future<JsonObject> inboxEntry(UserToken token, String threadId) {
        return inbox.entry(token, threadId, Priority.POKE)
                .recover(failure -> Future.failedFuture(failures.toRpcError("subscribeInbox", failure)));
    }

    /** Records a receipt of a user that was not sent through this node, so that {@link #inboxEntry} counts it. */
    public void receiptFound(String userId, String threadId, String messageId) {
        marks.sent(userId, threadId, messageId);
    }

    /** The newest messages of a thread, for the result of a subscription. */
    public Future<NewestPage> newest(UserToken token, String threadId, int limit) {
        return newest.find(token, threadId, limit)
                .recover(failure -> Future.failedFuture(failures.toRpcError("subscribe", failure)));
    }

    /** Executes one request. */
    public Future<JsonObject> execute(String method, Params params, Caller caller) {
        Command command = methods.get(method);
        if (command == null) {
            return Future.failedFuture(new RpcError(RpcError.METHOD_NOT_FOUND, "method: unknown", null));
        }
        Future<JsonObject> result;
        try {
            result = command.run(params, caller);
        } catch (RuntimeException e) {
            result = Future.failedFuture(e);
        }
        return result.recover(failure -> Future.failedFuture(failures.toRpcError(method, failure)));
    }
}
