package dev.chatgateway.socket.stream;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.socket.connection.HttpListeners;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The response of a long poll: {@code {notifications, cursors, inbox}}. It is sent when there are notifications, or
 * after the time that the client wants to wait. Owned by the event loop of the request.
 */
final class PollOutput implements StreamOutput {
    /** What comes within this time after the first notification comes with it. */
    private static final long COLLECT_MS = 20;

    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final long maxBytes;
    private final long waitMs;
    private final List<String> notifications = new ArrayList<>();
    private final Map<String, String> cursors = new LinkedHashMap<>();
    private @Nullable Listener listener;
    private @Nullable String inboxCursor;
    private long bytes;
    private long timer = NO_TIMER;
    private boolean collecting;

    /** @param maxBytes limit of the notifications in one response */
    PollOutput(Vertx vertx, HttpServerRequest request, StreamRequest stream, long maxBytes) {
        this.vertx = vertx;
        this.request = request;
        this.maxBytes = maxBytes;
        waitMs = stream.waitMs();
        response = request.response();
        for (JsonObject params : stream.subscriptions()) {
            if (params.getValue("threadId") instanceof String id
                    && params.getValue("cursor") instanceof String cursor) {
                cursors.put(id, cursor);
            }
        }
        inboxCursor =
                stream.inbox() != null && stream.inbox().getValue("cursor") instanceof String cursor ? cursor : null;
    }

    @Override
    public void open(Listener newListener) {
        listener = newListener;
        response.closeHandler(gone -> {
            stopTimer();
            newListener.closed();
        });
        response.exceptionHandler(failure -> newListener.closed());
    }

    @Override
    public void begin() {
        timer = vertx.setTimer(Math.max(1, waitMs), fired -> complete());
    }

    private void complete() {
        if (listener != null) {
            listener.complete();
        }
    }

    private void stopTimer() {
        if (timer != NO_TIMER) {
            vertx.cancelTimer(timer);
            timer = NO_TIMER;
        }
    }

    @Override
    public void write(FrameBatch batch) {
        batch.frames().forEach(this::write);
    }

    @Override
    public void write(Frame notification) {
        if (SseEncoder.method(notification).equals("resync")) {
            // The client subscribes without a cursor next time.
            cursors.remove(notification.threadId());
        } else {
            position(notification);
        }
        collect(notification);
    }

    @Override
    public void subscribed(Frame notification, boolean news) {
        position(notification);
        if (news) {
            collect(notification);
        }
    }

    private void position(Frame frame) {
        String cursor = frame.cursor();
        if (cursor == null) {
            return;
        }
        boolean inbox = frame.threadId().isEmpty()
                || (frame.kind() == Frame.Kind.CONTROL
                        && !SseEncoder.method(frame).equals("subscribed"));
        if (inbox) {
            inboxCursor = cursor;
        } else {
            cursors.put(frame.threadId(), cursor);
        }
    }

    private void collect(Frame notification) {
        notifications.add(SseEncoder.withoutVersion(notification));
        bytes += notification.size();
        if (!collecting && timer != NO_TIMER) {
            collecting = true;
            stopTimer();
            timer = vertx.setTimer(COLLECT_MS, fired -> complete());
        }
    }

    @Override
    public boolean isWritable() {
        return bytes < maxBytes;
    }

    @Override
    public long pendingBytes() {
        return bytes;
    }

    /** A response that has not begun needs none. */
    @Override
    public void heartbeat() {}

    @Override
    public void refuse(int status, RpcError error) {
        stopTimer();
        HttpErrors.respond(request, status, error);
    }

    /** Other reasons than the time and the last subscription concern the next request, which gets them itself. */
    @Override
    public void end(int code, String reason) {
        stopTimer();
        if (response.ended() || response.closed()) {
            return;
        }
        boolean ended = code == CloseCode.NORMAL.number();
        if (!ended && notifications.isEmpty()) {
            refuse(HttpErrors.statusOfClose(code), HttpErrors.ofClose(code, reason));
            return;
        }
        StringBuilder json = new StringBuilder("{\"notifications\":[")
                .append(String.join(",", notifications))
                .append("],\"cursors\":")
                .append(new JsonObject(new LinkedHashMap<>(cursors)).encode());
        if (inboxCursor != null) {
            json.append(",\"inbox\":").append(Json.encode(inboxCursor));
        }
        HttpListeners.withSecurityHeaders(request)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store, no-transform")
                .end(Buffer.buffer(json.append('}').toString()));
    }
}
