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
 * A request from its text to the text of its answer: decoding, limits, parameters, the command, metrics. The chat service
 * answers at once, and no ledger stands before it.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Thread)
public class DispatchBench {
    private static final UserToken TOKEN = Tokens.of("ada");

    @Param({"ping", "sendMessage", "batch"})
    public String request = "";

    private final Vertx vertx = Vertx.vertx();
    private final Answers answers = new Answers();
    private String text = "";
    private RpcRequests requests = requests();

    @Setup
    public void make() {
        text = dev.chatgateway.bench.RpcRequests.text(request);
        dispatch();
        if (!answers.last.contains("\"result\"")) {
            throw new IllegalStateException("answer: " + answers.last + " (expected: a result)");
        }
    }

    @TearDown
    public void stop() throws TimeoutException {
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    @Benchmark
    public String dispatch() {
        requests.take(text);
        return answers.last;
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
                new InboxCursorCodec(new byte[32], null));
        answers.methods = new RequestDispatcher(commands, hub, inbox, () -> 100, Runnable::run);
        try {
            return new RpcRequests(
                    new ConfigLoader().load(Optional.empty(), Map.of()).config().limits(),
                    metrics,
                    Tracing.OFF.tracer(),
                    clock,
                    answers.methods,
                    answers);
        } catch (ConfigException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A connection that has authenticated and only keeps its last answer. */
    private static final class Answers implements RpcRequests.Peer, Subscriber {
        private final Identity who = new Identity(TOKEN, 0);
        private RequestDispatcher methods;
        private String last = "";

        @Override
        public Future<JsonObject> handle(RpcRequest request) {
            return methods.carryOut(request, who, this);
        }

        @Override
        public void answer(String text) {
            last = text;
        }

        @Override
        public void hold(boolean held) {}

        @Override
        public void reading(boolean on) {}

        @Override
        public void close(CloseCode code) {
            throw new IllegalStateException("closed: " + code + " (expected: no close)");
        }

        @Override
        public String id() {
            return "bench";
        }

        @Override
        public void deliver(FrameBatch run) {}
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
