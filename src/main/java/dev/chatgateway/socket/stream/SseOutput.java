package dev.chatgateway.socket.stream;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.socket.connection.HttpListeners;
import dev.chatgateway.socket.transport.ChunkWriter;
import dev.chatgateway.socket.transport.FlushLoop;
import io.vertx.core.Future;
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
    /** Bytes that Vert.x may hold before the stream waits. */
    private static final int MAX_PENDING = 65_536;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final SseEncoder encoder;
    private final long closeMs;
    private final FlushLoop flushLoop;
    private @Nullable Listener listener;
    private @Nullable ChunkWriter chunks;
    private long pendingBytes;
    private boolean full;

    /** @param closeMs milliseconds that a client has to read the end of the response */
    SseOutput(Vertx vertx, HttpServerRequest request, SseEncoder encoder, FlushLoop flushLoop, long closeMs) {
        this.vertx = vertx;
        this.request = request;
        this.encoder = encoder;
        this.flushLoop = flushLoop;
        this.closeMs = closeMs;
        response = request.response();
    }

    @Override
    public void open(Listener newListener) {
        listener = newListener;
        response.closeHandler(gone -> newListener.closed());
        response.exceptionHandler(failure -> newListener.closed());
    }

    @Override
    public void begin() {
        HttpListeners.withSecurityHeaders(request)
                .putHeader("Content-Type", "text/event-stream")
                .putHeader("Cache-Control", "no-store, no-transform")
                .putHeader("Content-Encoding", "identity")
                .putHeader("X-Accel-Buffering", "no")
                .setChunked(true);
        write(Buffer.buffer("retry: " + RETRY_MS + "\n\n")).onSuccess(head -> writeChunks());
    }

    /** From here on this object writes to the channel itself, if everything before has been written. */
    private void writeChunks() {
        if (pendingBytes == 0 && listener != null && !response.ended() && !response.closed()) {
            chunks = ChunkWriter.of(request, flushLoop, listener).orElse(null);
        }
    }

    /** The drain handler of Vert.x is not called for a queue that is full though its last write was accepted. */
    private Future<Void> write(Buffer events) {
        pendingBytes += events.length();
        Future<Void> written = response.write(events).onComplete(done -> written(events.length()));
        if (pendingBytes > MAX_PENDING && listener != null) {
            full = true;
            listener.backlogged();
        }
        return written;
    }

    private void written(int bytes) {
        pendingBytes -= bytes;
        if (full && pendingBytes <= MAX_PENDING / 2 && listener != null) {
            full = false;
            listener.writable();
        }
    }

    @Override
    public void write(FrameBatch batch) {
        if (chunks != null) {
            chunks.write(batch, encoder::encode);
        } else {
            write(Buffer.buffer(encoder.encode(batch)));
        }
    }

    @Override
    public void write(Frame notification) {
        byte[] event = SseEncoder.encode(notification);
        if (chunks != null) {
            chunks.write(event);
        } else {
            write(Buffer.buffer(event));
        }
    }

    @Override
    public void subscribed(Frame notification, boolean news) {
        write(notification);
    }

    @Override
    public boolean isWritable() {
        return chunks == null ? !full : chunks.isWritable();
    }

    @Override
    public long pendingBytes() {
        return chunks == null ? pendingBytes : chunks.pendingBytes();
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
        if (chunks != null) {
            chunks.remove(request);
            chunks = null;
        }
        JsonObject params = new JsonObject().put("code", code).put("reason", reason);
        long timer = vertx.setTimer(closeMs, late -> response.reset());
        response.end("event: closed\ndata: " + params.encode() + "\n\n").onComplete(ended -> vertx.cancelTimer(timer));
    }
}
