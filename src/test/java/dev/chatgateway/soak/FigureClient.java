package dev.chatgateway.soak;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/** A light client for measuring: tells when which message arrived. Owned by its socket's event loop. */
final class FigureClient {
    private static final String MESSAGE = "{\"jsonrpc\":\"2.0\",\"method\":\"chatMessageReceived\"";

    private final Map<Integer, Promise<JsonObject>> pending = new HashMap<>();
    private final BiConsumer<String, Long> arrived;
    private WebSocket socket;
    private int ids;
    private volatile String cursor;
    private volatile String ticket;

    private FigureClient(BiConsumer<String, Long> arrived) {
        this.arrived = arrived;
    }

    /** Connects and authenticates; a ticket saves the proof. */
    static Future<FigureClient> connect(
            WebSocketClient client, URI uri, String token, String ticket, BiConsumer<String, Long> arrived) {
        FigureClient mine = new FigureClient(arrived);
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setHost(uri.getHost())
                .setPort(uri.getPort())
                .setURI("/ws")
                .setTimeout(30_000);
        return client.connect(options).compose(socket -> {
            mine.socket = socket;
            socket.textMessageHandler(mine::received);
            JsonObject credentials = new JsonObject().put("token", token);
            if (ticket != null) {
                credentials.put("ticket", ticket);
            }
            return mine.call("authenticate", credentials).map(result -> {
                mine.ticket = result.getJsonObject("session").getString("ticket");
                return mine;
            });
        });
    }

    Future<JsonObject> call(String method, JsonObject params) {
        int id = ++ids;
        Promise<JsonObject> promise = Promise.promise();
        pending.put(id, promise);
        socket.writeTextMessage(new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", method)
                .put("params", params)
                .encode());
        return promise.future();
    }

    Future<JsonObject> subscribe(String threadId, String from) {
        JsonObject params = new JsonObject().put("threadId", threadId);
        if (from != null) {
            params.put("cursor", from);
        }
        return call("subscribe", params).onSuccess(result -> cursor = result.getString("cursor"));
    }

    String cursor() {
        return cursor;
    }

    String ticket() {
        return ticket;
    }

    void close() {
        socket.close();
    }

    private void received(String text) {
        long now = System.nanoTime();
        if (text.startsWith(MESSAGE)) {
            cursor = field(text, "cursor");
            arrived.accept(field(text, "threadId") + " " + field(text, "id"), now);
            return;
        }
        JsonObject frame = new JsonObject(text);
        if (frame.containsKey("id")) {
            Promise<JsonObject> promise = pending.remove(frame.getInteger("id"));
            if (promise != null && frame.containsKey("error")) {
                promise.fail(frame.getJsonObject("error").encode());
            } else if (promise != null) {
                promise.complete(frame.getJsonObject("result"));
            }
        }
    }

    /** Cut out, not parsed: hundreds of clients share one loop, and their time would be counted as the gateway's. */
    private static String field(String text, String name) {
        String key = "\"" + name + "\":\"";
        int from = text.indexOf(key) + key.length();
        return text.substring(from, text.indexOf('"', from));
    }
}
