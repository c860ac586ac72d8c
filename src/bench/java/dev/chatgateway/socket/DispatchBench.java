package dev.chatgateway.socket;

import dev.chatgateway.bench.IdleFeed;
import dev.chatgateway.bench.TickingClock;
import dev.chatgateway.command.CommandLimits;
import dev.chatgateway.command.Commands;
import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.fanout.Hub;
import dev.chatgateway.fanout.Snapshots;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.fanout.inbox.InboxHub;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.protocol.InboxCursorCodec;
import dev.chatgateway.protocol.RpcRequest;
import dev.chatgateway.socket.connection.Identity;
import dev.chatgateway.socket.connection.RequestDispatcher;
import dev.chatgateway.socket.connection.RpcRequests;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.ChatService.Reply;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A request from its text to the text of its reply: decoding, limits, parameters, command, metrics. The chat service
 * answers at once, without a rate limiter.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class DispatchBench {
    private static final UserToken TOKEN = Tokens.of("ada");

    @Param({"ping", "sendMessage", "batch"})
    public String request = "";

    private final Vertx vertx = Vertx.vertx();
    private final LastReply peer = new LastReply();
    private String text = "";
    private RpcRequests requests = requests();

    @Setup
    public void make() {
        text = dev.chatgateway.bench.Requests.text(request);
        dispatch();
        if (!peer.last.contains("\"result\"")) {
            throw new IllegalStateException("reply: " + peer.last + " (expected: a result)");
        }
    }

    @TearDown
    public void stop() throws TimeoutException {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Benchmark
    public String dispatch() {
        requests.receive(text);
        return peer.last;
    }

    private RpcRequests requests() {
        GatewayMetrics metrics = GatewayMetrics.unread();
        Clock clock = new TickingClock();
        IdleFeed feed = new IdleFeed();
        Reply reply = new Reply(201, new JsonObject().put("id", "1750000000123"));
        Commands commands = new Commands(
                vertx,
                call -> Future.succeededFuture(reply),
                feed,
                metrics,
                Timers.of(vertx),
                clock,
                new CommandLimits(28_000, 10_000));
        CursorCodec cursors = new CursorCodec(new byte[32], null);
        Hub hub = new Hub(
                vertx,
                feed,
                (token, thread, limit) -> Future.succeededFuture(Snapshots.Newest.all(new JsonArray())),
                cursors,
                metrics,
                clock);
        InboxHub inbox = new InboxHub(
                vertx,
                new NoInbox(),
                (token, thread) -> Future.succeededFuture(new JsonObject()),
                new InboxCursorCodec(new byte[32], null),
                metrics);
        peer.dispatcher = new RequestDispatcher(commands, hub, inbox, () -> 100, Runnable::run);
        try {
            return new RpcRequests(
                    new ConfigLoader().load(Optional.empty(), Map.of()).config().limits(),
                    metrics,
                    Tracing.OFF.tracer(),
                    clock,
                    peer.dispatcher,
                    peer);
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An authenticated connection that keeps its last reply. */
    private static final class LastReply implements RpcRequests.Peer, Subscriber {
        private final Identity identity = new Identity(TOKEN, 0);
        private RequestDispatcher dispatcher;
        private String last = "";

        @Override
        public Future<JsonObject> handle(RpcRequest request) {
            return dispatcher.execute(request, identity, this);
        }

        @Override
        public void sendReply(String text) {
            last = text;
        }

        @Override
        public void holdNotifications(boolean hold) {}

        @Override
        public void setReading(boolean on) {}

        @Override
        public void close(CloseCode code) {
            throw new IllegalStateException("closed: " + code + " (expected: no close)");
        }

        @Override
        public String id() {
            return "bench";
        }

        @Override
        public void deliver(FrameBatch batch) {}
    }

    private static final class NoInbox implements InboxFeed {
        @Override
        public Future<InboxState> watchInbox(String subscriberId, UserToken token) {
            return Future.failedFuture("not measured");
        }

        @Override
        public void unwatchInbox(String subscriberId) {}
    }
}
