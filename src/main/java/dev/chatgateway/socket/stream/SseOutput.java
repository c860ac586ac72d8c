package dev.chatgateway.socket.stream;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.socket.connection.HttpListeners;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** A response of Server-Sent Events, over HTTP/1.1 or HTTP/2. Owned by the event loop of the request. */
final class SseOutput implements StreamOutput {
    private static final Buffer COMMENT = Buffer.buffer(":\n\n");
    /** A client that reconnects by itself waits this long. */
    private static final int RETRY_MS = 1_000;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final SseEncoder encoder;
    private final long closeMs;
    private @Nullable Listener listener;
    private long pendingBytes;

    /** @param closeMs milliseconds that a client has to read the end of the response */
    SseOutput(Vertx vertx, HttpServerRequest request, SseEncoder encoder, long closeMs) {
        this.vertx = vertx;
        this.request = request;
        this.encoder = encoder;
        this.closeMs = closeMs;
        response = request.response();
    }

    @Override
    public void open(Listener newListener) {
        listener = newListener;
        response.closeHandler(gone -> newListener.closed());
        response.exceptionHandler(failure -> newListener.closed());
        response.drainHandler(drained -> newListener.writable());
    }

    @Override
    public void begin() {
        HttpListeners.withSecurityHeaders(request)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store, no-transform")
                .putHeader("Content-Encoding", "identity")
                .putHeader("X-Accel-Buffering", "no")
                .setChunked(true);
        write(Buffer.buffer("retry: " + RETRY_MS + "\n\n"));
    }

    private void write(Buffer events) {
        pendingBytes += events.length();
        response.write(events).onComplete(written -> pendingBytes -= events.length());
        if (response.writeQueueFull() && listener != null) {
            listener.backlogged();
        }
    }

    @Override
    public void write(FrameBatch batch) {
        write(Buffer.buffer(encoder.encode(batch)));
    }

    @Override
    public void write(Frame notification) {
        write(Buffer.buffer(SseEncoder.encode(notification)));
    }

    @Override
    public void subscribed(Frame notification, boolean news) {
        write(notification);
    }

    @Override
    public boolean isWritable() {
        return !response.writeQueueFull();
    }

    @Override
    public long pendingBytes() {
        return pendingBytes;
    }

    @Override
    public void heartbeat() {
        response.write(COMMENT).onSuccess(written -> {
            if (listener != null) {
                listener.alive();
            }
        });
    }

    @Override
    public void refuse(int status, RpcError error) {
        HttpErrors.respond(request, status, error);
    }

    @Override
    public void end(int code, String reason) {
        if (response.ended() || response.closed()) {
            return;
        }
        JsonObject params = new JsonObject().put("code", code).put("reason", reason);
        long timer = vertx.setTimer(closeMs, late -> response.reset());
        response.end("event: closed\ndata: " + params.encode() + "\n\n").onComplete(ended -> vertx.cancelTimer(timer));
    }
}
