package dev.chatgateway.socket.connection;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.FrameDecoder;
import dev.chatgateway.protocol.FrameEncoder;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.protocol.RpcRequest;
import dev.chatgateway.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * From a text message to its answer: decoding, the inbound rate, batches, the bound on requests in progress, metrics.
 * Owned by one connection's event loop.
 */
public final class RpcRequests {
    private static final int JUNK_FRAMES = 10;

    private final FrameDecoder decoder;
    private final GatewayConfig.Limits limits;
    private final GatewayMetrics metrics;
    private final Tracer tracer;
    private final Clock clock;
    private final TokenBucket bucket;
    private @Nullable TokenBucket shared;
    private final Peer peer;
    private final RequestDispatcher methods;
    private int inFlight;
    private int junk;
    private int refused;

    /** What the requests come from and go to. */
    public interface Peer {
        /** Carries out a request. The future must not be bound to a context, so that its answer is written in order. */
        Future<JsonObject> handle(RpcRequest request);

        /** Writes an answer. */
        void answer(String text);

        /** Notifications wait while a batch that subscribes is in progress, as its answer must come first. */
        void hold(boolean held);

        /** Reads no more, or reads on. */
        void reading(boolean on);

        /** The peer keeps sending what is no JSON-RPC, or does not heed the inbound limit. */
        void close(CloseCode code);
    }

    public RpcRequests(
            GatewayConfig.Limits limits,
            GatewayMetrics metrics,
            Tracer tracer,
            Clock clock,
            RequestDispatcher methods,
            Peer peer) {
        this.limits = limits;
        this.metrics = metrics;
        this.tracer = tracer;
        this.clock = clock;
        this.methods = methods;
        this.peer = peer;
        decoder = new FrameDecoder(limits.batch(), limits.jsonDepth());
        bucket = new TokenBucket(limits.requestsPerSecond(), limits.requestsBurst(), clock.millis());
    }

    /** From now on requests are taken from the user's bucket too. */
    void share(TokenBucket ofUser) {
        shared = ofUser;
    }

    /** Takes one message of the client. */
    public void take(String text) {
        FrameDecoder.Decoded decoded = decoder.decode(text);
        junk = decoded.junk() ? junk + 1 : 0;
        if (decoded.batch()) {
            new Batch(decoded).start();
        } else {
            carryOut(decoded.entries().get(0), reply -> peer.answer(reply.encode()), () -> {});
        }
        if (junk >= JUNK_FRAMES) {
            peer.close(CloseCode.NOT_JSON_RPC);
        }
    }

    /** The answers of a batch go out as one array, in any order; notifications in it are not answered. */
    private final class Batch {
        private final FrameDecoder.Decoded decoded;
        private final JsonArray replies = new JsonArray();
        private final boolean subscribes;
        private int left;

        Batch(FrameDecoder.Decoded decoded) {
            this.decoded = decoded;
            left = decoded.entries().size();
            subscribes = decoded.entries().stream()
                    .anyMatch(e -> e instanceof FrameDecoder.Entry.Call call
                            && call.request().method().startsWith("subscribe"));
        }

        void start() {
            if (subscribes) {
                peer.hold(true);
            }
            decoded.entries().forEach(entry -> carryOut(entry, replies::add, this::oneEnded));
        }

        private void oneEnded() {
            if (--left > 0) {
                return;
            }
            if (!replies.isEmpty()) {
                peer.answer(replies.encode());
            }
            if (subscribes) {
                peer.hold(false);
            }
        }
    }

    private void carryOut(FrameDecoder.Entry entry, Consumer<JsonObject> reply, Runnable ended) {
        if (entry instanceof FrameDecoder.Entry.Bad bad) {
            metrics.sockets().request("unknown", Integer.toString(bad.error().code()), 0);
            reply.accept(FrameEncoder.error(bad.id(), bad.error()));
            ended.run();
            return;
        }
        RpcRequest request = ((FrameDecoder.Entry.Call) entry).request();
        String label = methods.knows(request.method()) ? request.method() : "unknown";
        long started = System.nanoTime();
        Span span = tracer.spanBuilder(label)
                .setNoParent()
                .setSpanKind(SpanKind.SERVER)
                .startSpan();
        Context traced = Context.root().with(span);
        started(1);
        traced.wrapSupplier(() -> begun(request)).get().onComplete(outcome -> {
            started(-1);
            RpcError error = outcome.succeeded() ? null : methods.refusal(request.method(), outcome.cause());
            String result = error == null ? "ok" : Integer.toString(error.code());
            long nanos = System.nanoTime() - started;
            traced.wrap(() -> metrics.sockets().request(label, result, nanos)).run();
            endSpan(span, label, error, result);
            if (error == null && !request.notification()) {
                reply.accept(FrameEncoder.result(request.id(), outcome.result()));
            } else if (error != null && !request.notification()) {
                reply.accept(FrameEncoder.error(request.id(), error));
            }
            ended.run();
        });
    }

    private static void endSpan(Span span, String method, @Nullable RpcError error, String outcome) {
        span.setAttribute("rpc.system", "jsonrpc")
                .setAttribute("rpc.method", method)
                .setAttribute("chatgateway.outcome", outcome);
        Tracing.end(span, error == null || !ours(error) ? "" : outcome);
    }

    /** Whether the gateway or the service is at fault, not the client. */
    private static boolean ours(RpcError error) {
        return error.code() >= 500 || error.code() == RpcError.INTERNAL;
    }

    /** Whatever goes wrong, the request is answered and counted as over. */
    private Future<JsonObject> begun(RpcRequest request) {
        try {
            return admitted(request);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private Future<JsonObject> admitted(RpcRequest request) {
        long now = clock.millis();
        long waitMs = bucket.take(now);
        if (waitMs > 0) {
            return tooMany(
                    "requestsPerSecond",
                    "requests: more than " + limits.requestsPerSecond() + " a second (expected: at most that, "
                            + limits.requestsBurst() + " at once)",
                    waitMs);
        }
        long userWaitMs = shared == null ? 0 : shared.take(now);
        if (userWaitMs > 0) {
            return tooMany(
                    "userRequestsPerSecond",
                    "requests: too many of this user's connections together (expected: at most what"
                            + " limits.userRequestsPerSecond says)",
                    userWaitMs);
        }
        refused = 0;
        if (!methods.knows(request.method())) {
            return Future.failedFuture(new RpcError(
                    RpcError.METHOD_NOT_FOUND, "method: unknown (expected: a method of docs/protocol.md)", null));
        }
        return peer.handle(request);
    }

    private Future<JsonObject> tooMany(String limit, String message, long waitMs) {
        metrics.limitHit(limit);
        if (++refused > limits.requestsBurst()) {
            peer.close(CloseCode.ABUSE);
        }
        return Future.failedFuture(RpcError.tooManyRequests(message, waitMs));
    }

    private void started(int change) {
        int before = inFlight;
        inFlight += change;
        if (before < limits.inFlight() && inFlight >= limits.inFlight()) {
            metrics.limitHit("inFlight");
            peer.reading(false);
        } else if (before >= limits.inFlight() && inFlight < limits.inFlight()) {
            peer.reading(true);
        }
    }
}
