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
 * Handles the text messages of a client: decoding, inbound rate limits, batches, the limit on requests in flight,
 * metrics and replies. Owned by the event loop of the connection.
 */
public final class RpcRequests {
    private static final int MAX_JUNK_FRAMES = 10;

    private final FrameDecoder decoder;
    private final GatewayConfig.Limits limits;
    private final GatewayMetrics metrics;
    private final Tracer tracer;
    private final Clock clock;
    private final TokenBucket bucket;
    private @Nullable TokenBucket userBucket;
    private final Peer peer;
    private final RequestDispatcher dispatcher;
    private int inFlight;
    private int junkFrames;
    private int rateExceeded;

    /** The connection that the requests belong to. */
    public interface Peer {
        /** Executes a request. The future must not be bound to a context, so that replies are written in order. */
        Future<JsonObject> handle(RpcRequest request);

        /** Writes a reply. */
        void sendReply(String text);

        /** Holds notifications while a batch with a subscription is in progress, because its reply must come first. */
        void holdNotifications(boolean hold);

        /** Turns reading from the socket on or off. */
        void setReading(boolean on);

        /** Closes: the client keeps sending messages that are not JSON-RPC, or ignores the rate limit. */
        void close(CloseCode code);
    }

    public RpcRequests(
            GatewayConfig.Limits limits,
            GatewayMetrics metrics,
            Tracer tracer,
            Clock clock,
            RequestDispatcher dispatcher,
            Peer peer) {
        this.limits = limits;
        this.metrics = metrics;
        this.tracer = tracer;
        this.clock = clock;
        this.dispatcher = dispatcher;
        this.peer = peer;
        decoder = new FrameDecoder(limits.batch(), limits.jsonDepth());
        bucket = new TokenBucket(limits.requestsPerSecond(), limits.requestsBurst(), clock.millis());
    }

    /** Sets the rate limit of the user, which counts in addition to that of the connection. */
    void setUserBucket(TokenBucket bucket) {
        userBucket = bucket;
    }

    /** Handles one text message. Returns it decoded. */
    public FrameDecoder.Decoded receive(String text) {
        FrameDecoder.Decoded decoded = decoder.decode(text);
        junkFrames = decoded.junk() ? junkFrames + 1 : 0;
        if (decoded.batch()) {
            new Batch(decoded).start();
        } else {
            execute(decoded.entries().get(0), reply -> peer.sendReply(reply.encode()), () -> {});
        }
        if (junkFrames >= MAX_JUNK_FRAMES) {
            peer.close(CloseCode.NOT_JSON_RPC);
        }
        return decoded;
    }

    /** A JSON-RPC batch. Its replies are sent as one array in any order; notifications in it have no reply. */
    private final class Batch {
        private final FrameDecoder.Decoded decoded;
        private final JsonArray replies = new JsonArray();
        private final boolean subscribes;
        private int pending;

        Batch(FrameDecoder.Decoded decoded) {
            this.decoded = decoded;
            pending = decoded.entries().size();
            subscribes = decoded.entries().stream()
                    .anyMatch(e -> e instanceof FrameDecoder.Entry.Call call
                            && call.request().method().startsWith("subscribe"));
        }

        void start() {
            if (subscribes) {
                peer.holdNotifications(true);
            }
            decoded.entries().forEach(entry -> execute(entry, replies::add, this::requestEnded));
        }

        private void requestEnded() {
            if (--pending > 0) {
                return;
            }
            if (!replies.isEmpty()) {
                peer.sendReply(replies.encode());
            }
            if (subscribes) {
                peer.holdNotifications(false);
            }
        }
    }

    private void execute(FrameDecoder.Entry entry, Consumer<JsonObject> reply, Runnable onEnd) {
        if (entry instanceof FrameDecoder.Entry.Bad bad) {
            metrics.sockets().request("unknown", Integer.toString(bad.error().code()), 0);
            reply.accept(FrameEncoder.error(bad.id(), bad.error()));
            onEnd.run();
            return;
        }
        RpcRequest request = ((FrameDecoder.Entry.Call) entry).request();
        String label = dispatcher.knows(request.method()) ? request.method() : "unknown";
        long started = System.nanoTime();
        Span span = tracer.spanBuilder(label)
                .setNoParent()
                .setSpanKind(SpanKind.SERVER)
                .startSpan();
        Context traced = Context.root().with(span);
        addInFlight(1);
        traced.wrapSupplier(() -> handleSafely(request)).get().onComplete(outcome -> {
            addInFlight(-1);
            RpcError error = outcome.succeeded() ? null : dispatcher.toError(request.method(), outcome.cause());
            String result = error == null ? "ok" : Integer.toString(error.code());
            long nanos = System.nanoTime() - started;
            traced.wrap(() -> metrics.sockets().request(label, result, nanos)).run();
            endSpan(span, label, error, result);
            if (error == null && !request.notification()) {
                reply.accept(FrameEncoder.result(request.id(), outcome.result()));
            } else if (error != null && !request.notification()) {
                reply.accept(FrameEncoder.error(request.id(), error));
            }
            onEnd.run();
        });
    }

    private static void endSpan(Span span, String method, @Nullable RpcError error, String outcome) {
        span.setAttribute("rpc.system", "jsonrpc")
                .setAttribute("rpc.method", method)
                .setAttribute("chatgateway.outcome", outcome);
        Tracing.end(span, error == null || !isServerError(error) ? "" : outcome);
    }

    /** Whether the gateway or the service is at fault, not the client. */
    private static boolean isServerError(RpcError error) {
        return error.code() >= 500 || error.code() == RpcError.INTERNAL;
    }

    /** Converts exceptions to failed futures, so that each request has a reply and is counted as ended. */
    private Future<JsonObject> handleSafely(RpcRequest request) {
        try {
            return handleWithinRateLimits(request);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private Future<JsonObject> handleWithinRateLimits(RpcRequest request) {
        long now = clock.millis();
        long waitMs = bucket.tryTake(now);
        if (waitMs > 0) {
            return rateLimited(
                    "requestsPerSecond",
                    "requests: more than " + limits.requestsPerSecond() + " a second (expected: at most that, "
                            + limits.requestsBurst() + " at once)",
                    waitMs);
        }
        long userWaitMs = userBucket == null ? 0 : userBucket.tryTake(now);
        if (userWaitMs > 0) {
            return rateLimited(
                    "userRequestsPerSecond",
                    "requests: too many of this user's connections together (expected: at most what"
                            + " limits.userRequestsPerSecond says)",
                    userWaitMs);
        }
        rateExceeded = 0;
        if (!dispatcher.knows(request.method())) {
            return Future.failedFuture(new RpcError(
                    RpcError.METHOD_NOT_FOUND, "method: unknown (expected: a method of docs/protocol.md)", null));
        }
        return peer.handle(request);
    }

    private Future<JsonObject> rateLimited(String limit, String message, long waitMs) {
        metrics.limitHit(limit);
        if (++rateExceeded > limits.requestsBurst()) {
            peer.close(CloseCode.ABUSE);
        }
        return Future.failedFuture(RpcError.tooManyRequests(message, waitMs));
    }

    private void addInFlight(int change) {
        int previous = inFlight;
        inFlight += change;
        if (previous < limits.inFlight() && inFlight >= limits.inFlight()) {
            metrics.limitHit("inFlight");
            peer.setReading(false);
        } else if (previous >= limits.inFlight() && inFlight < limits.inFlight()) {
            peer.setReading(true);
        }
    }
}
