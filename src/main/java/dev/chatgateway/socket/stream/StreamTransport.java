package dev.chatgateway.socket.stream;

import dev.chatgateway.fanout.Frame;
import dev.chatgateway.fanout.FrameBatch;
import dev.chatgateway.protocol.CloseCode;
import dev.chatgateway.protocol.RpcError;
import dev.chatgateway.socket.transport.Transport;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a connection and an HTTP response: sends the requests that a WebSocket client would send, and writes
 * the responses and notifications as events of the stream. So the limits, metrics and checks of a stream are those of a
 * WebSocket. Owned by the event loop of the HTTP request.
 */
final class StreamTransport implements Transport {
    /** Requests in flight. The connection stops reading at a higher number. */
    private static final int MAX_IN_FLIGHT = 16;
    /** A subscription that a rate limit refuses is sent again this often, each time after the time that it names. */
    private static final int MAX_ATTEMPTS = 5;

    private static final long MAX_RETRY_MS = 5_000;
    private static final int ABNORMAL_CLOSURE = 1006;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final Vertx vertx;
    private final Context context;
    private final StreamRequest request;
    private final StreamOutput output;
    private final Consumer<String> onAuthenticated;
    private final Deque<StreamCall> waiting = new ArrayDeque<>(1);
    private final Map<Integer, StreamCall> inFlight = new HashMap<>(2);
    private @Nullable Listener listener;
    private int serial;
    /** Threads that are subscribed to or will be, and the inbox. */
    private final Set<String> remaining = new HashSet<>(2);

    private boolean begun;
    private boolean paused;
    private boolean sending;
    private boolean closing;
    private boolean closed;

    /** @param onAuthenticated receives the id of the user when the service has accepted the token */
    StreamTransport(
            Vertx vertx,
            Context context,
            StreamRequest request,
            StreamOutput output,
            Consumer<String> onAuthenticated) {
        this.vertx = vertx;
        this.context = context;
        this.request = request;
        this.output = output;
        this.onAuthenticated = onAuthenticated;
    }

    @Override
    public void open(Listener newListener) {
        listener = newListener;
        output.open(new OutputListener(newListener));
    }

    /** Signs in and subscribes. Call it after {@link #open}. */
    void start(String token) {
        waiting.add(StreamCall.authenticate(token));
        sendWaiting();
    }

    private final class OutputListener implements StreamOutput.Listener {
        private final Listener connection;

        OutputListener(Listener connection) {
            this.connection = connection;
        }

        @Override
        public void alive() {
            if (!closed) {
                connection.frameReceived(Opcode.CONTROL, true, EMPTY);
            }
        }

        @Override
        public void writable() {
            if (!closed) {
                connection.writable();
            }
        }

        @Override
        public void backlogged() {
            connection.backlogged();
        }

        @Override
        public void complete() {
            StreamTransport.this.close(CloseCode.NORMAL.number(), CloseCode.NORMAL.token());
        }

        @Override
        public void closed() {
            finish(ABNORMAL_CLOSURE);
        }
    }

    /** Sends requests as far as the connection takes them. A response may come during the call. */
    private void sendWaiting() {
        if (sending) {
            return;
        }
        sending = true;
        while (!paused && !closing && !closed && inFlight.size() < MAX_IN_FLIGHT && !waiting.isEmpty()) {
            StreamCall call = waiting.remove();
            inFlight.put(++serial, call);
            byte[] text = call.encode(serial).getBytes(StandardCharsets.UTF_8);
            listener().frameReceived(Opcode.TEXT, true, ByteBuffer.wrap(text));
        }
        sending = false;
    }

    @Override
    public void write(FrameBatch batch) {
        if (hasControl(batch)) {
            batch.frames().forEach(this::write);
        } else {
            output.write(batch);
        }
    }

    private static boolean hasControl(FrameBatch batch) {
        for (Frame frame : batch.frames()) {
            if (frame.kind() == Frame.Kind.CONTROL) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void write(Frame frame) {
        if (frame.kind() != Frame.Kind.CONTROL) {
            output.write(frame);
        } else if (SseEncoder.isNotification(frame)) {
            writeControl(frame, SseEncoder.method(frame));
        } else {
            responded(new JsonObject(frame.text()));
        }
    }

    private void writeControl(Frame frame, String method) {
        if (method.equals("ping")) {
            // The heartbeat of a stream is not an event.
            return;
        }
        output.write(frame);
        if (method.equals("resync") && !frame.threadId().isEmpty()) {
            subscribeAfresh(frame.threadId());
        } else if (method.equals("unsubscribed")) {
            subscriptionEnded(frame.threadId());
        }
    }

    /** After a resync a client subscribes without a cursor, which the client of a stream cannot do itself. */
    private void subscribeAfresh(String threadId) {
        request.subscriptions().stream()
                .filter(params -> threadId.equals(params.getValue("threadId")))
                .findFirst()
                .filter(params -> waiting.stream().noneMatch(call -> threadId.equals(call.threadId())))
                .ifPresent(params -> {
                    JsonObject withoutCursor = params.copy();
                    withoutCursor.remove("cursor");
                    waiting.add(StreamCall.subscribe(withoutCursor));
                    // The connection must not be called while it writes.
                    context.runOnContext(v -> sendWaiting());
                });
    }

    private void responded(JsonObject response) {
        StreamCall call = inFlight.remove(response.getInteger("id", -1));
        if (call == null || closing) {
            return;
        }
        JsonObject error = response.getJsonObject("error");
        if (error == null && call.isAuthentication()) {
            authenticated(response.getJsonObject("result"));
        } else if (error == null) {
            subscribed(call, response.getJsonObject("result"));
        } else {
            failed(call, error);
        }
        sendWaiting();
    }

    private void authenticated(JsonObject result) {
        JsonObject user = result.getJsonObject("user").getJsonObject("communicationIdentifier");
        onAuthenticated.accept(user.getString("rawId"));
        List<StreamCall> calls = new ArrayList<>();
        request.subscriptions().forEach(params -> calls.add(StreamCall.subscribe(params)));
        if (request.inbox() != null) {
            calls.add(StreamCall.subscribeInbox(request.inbox()));
        }
        calls.forEach(call -> remaining.add(call.key()));
        waiting.addAll(calls);
        if (!request.single()) {
            begin();
        }
    }

    private void begin() {
        if (!begun) {
            begun = true;
            output.begin();
        }
    }

    private void subscribed(StreamCall call, JsonObject result) {
        begin();
        String text = call.succeeded(result).encode();
        Frame frame = new Frame(
                Frame.Kind.CONTROL,
                call.threadId() == null ? "" : call.threadId(),
                -1,
                null,
                result.getString("cursor"),
                text);
        output.subscribed(frame, !call.hasCursor() || !"complete".equals(result.getString("recovered")));
    }

    private void failed(StreamCall call, JsonObject error) {
        long retryAfterMs = error.getJsonObject("data", new JsonObject()).getLong("retryAfterMs", -1L);
        boolean again = !call.isAuthentication() && call.attempt() < MAX_ATTEMPTS && retryAfterMs >= 0;
        if (again) {
            vertx.setTimer(Math.max(1, Math.min(MAX_RETRY_MS, retryAfterMs)), fired -> {
                waiting.add(call.again());
                sendWaiting();
            });
        } else if (call.isAuthentication() || (request.single() && !begun)) {
            refuse(HttpErrors.status(error.getInteger("code", RpcError.INTERNAL)), HttpErrors.error(error));
        } else {
            output.write(Frame.of(call.failed(error).encode()));
            subscriptionEnded(call.key());
        }
    }

    /** A thread may end twice: by a notification, and by the refusal of a subscription that followed a resync. */
    private void subscriptionEnded(String key) {
        if (remaining.remove(key) && remaining.isEmpty()) {
            close(CloseCode.NORMAL.number(), CloseCode.NORMAL.token());
        }
    }

    private void refuse(int status, RpcError error) {
        if (!closing) {
            closing = true;
            output.refuse(status, error);
            finishLater(status);
        }
    }

    @Override
    public void close(int code, String reason) {
        if (closing || closed) {
            return;
        }
        if (begun) {
            closing = true;
            output.end(code, reason);
            finishLater(code);
        } else {
            refuse(HttpErrors.statusOfClose(code), HttpErrors.ofClose(code, reason));
        }
    }

    /** In a later task, because the connection may be in the middle of a call. */
    private void finishLater(int code) {
        context.runOnContext(v -> finish(code));
    }

    private void finish(int code) {
        if (!closed) {
            closed = true;
            waiting.clear();
            inFlight.clear();
            listener().closeStarted();
            listener().closed(code);
        }
    }

    @Override
    public boolean isWritable() {
        return !closing && !closed && output.isWritable();
    }

    @Override
    public long pendingBytes() {
        return output.pendingBytes();
    }

    @Override
    public void ping() {
        if (begun && !closing) {
            output.heartbeat();
        }
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
        context.runOnContext(v -> sendWaiting());
    }

    private Listener listener() {
        Listener open = listener;
        if (open == null) {
            throw new IllegalStateException("stream used before it was opened");
        }
        return open;
    }
}
