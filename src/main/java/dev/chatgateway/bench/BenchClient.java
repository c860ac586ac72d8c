package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/** One connection of the load: JSON-RPC for its few requests; notifications are passed on as text. Owned by one event loop. */
final class BenchClient implements Receiver {
    private final WebSocket socket;
    private final Map<Integer, Promise<JsonObject>> pending = new HashMap<>();
    private Consumer<String> events = text -> {};
    private int requests;
    private boolean closed;

    private BenchClient(WebSocket socket) {
        this.socket = socket;
    }

    static Future<BenchClient> connect(WebSocketClient client, URI url) {
        return client.connect(new WebSocketConnectOptions()
                        .setAbsoluteURI(url.toString())
                        .addSubProtocol("json.chatgateway.v1"))
                .map(socket -> {
                    BenchClient made = new BenchClient(socket);
                    socket.textMessageHandler(made::received);
                    socket.closeHandler(end -> made.ended());
                    return made;
                });
    }

    Future<JsonObject> call(String method, JsonObject params) {
        int id = ++requests;
        Promise<JsonObject> answer = Promise.promise();
        pending.put(id, answer);
        socket.writeTextMessage(new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", method)
                .put("params", params)
                .encode());
        return answer.future();
    }

    @Override
    public void events(Consumer<String> taker) {
        events = taker;
    }

    @Override
    public void stall() {
        socket.pause();
    }

    @Override
    public boolean closed() {
        return closed;
    }

    @Override
    public Future<Void> close() {
        events = text -> {};
        // The buffers of a paused socket are released only when they are read.
        socket.resume();
        return socket.close();
    }

    /** Recognizes notifications by their first characters, because parsing them would be most of the work. */
    private void received(String text) {
        if (!text.startsWith("{\"jsonrpc\":\"2.0\",\"id\":")) {
            events.accept(text);
            return;
        }
        JsonObject answer = new JsonObject(text);
        Promise<JsonObject> waiting = pending.remove(answer.getInteger("id"));
        if (waiting != null && answer.containsKey("error")) {
            waiting.fail(answer.getJsonObject("error").getString("message"));
        } else if (waiting != null) {
            waiting.complete(answer.getJsonObject("result"));
        }
    }

    private void ended() {
        closed = true;
        events = text -> {};
        socket.resume();
        pending.values()
                .forEach(answer -> answer.tryFail("the connection has ended, code " + socket.closeStatusCode()));
        pending.clear();
    }
}
