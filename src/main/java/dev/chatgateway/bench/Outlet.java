package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;

/** Where messages are published. */
interface Outlet {
    /** Publishes a text; the future fails when it was refused. */
    Future<?> publish(String threadId, String text);

    /** Through the gateway's /ingest, without the chat service, to measure the fan-out alone. */
    static Future<Outlet> ingest(WebSocketClient sockets, URI management) {
        String scheme = management.getScheme().equals("https") ? "wss" : "ws";
        URI url = URI.create(scheme + "://" + management.getRawAuthority() + "/ingest");
        return sockets.connect(new WebSocketConnectOptions().setAbsoluteURI(url.toString()))
                .map(socket -> (threadId, text) -> socket.writeTextMessage(new JsonObject()
                        .put("threadId", threadId)
                        .put("content", text)
                        .encode()));
    }

    /** As a client does: through the chat service, within its limits. */
    static Future<Outlet> sender(WebSocketClient sockets, BenchOptions options, Stage stage) {
        JsonObject who = new JsonObject().put("token", stage.tokens().get(0));
        return BenchClient.connect(sockets, options.url()).compose(client -> client.call("authenticate", who)
                .map(answer -> (threadId, text) -> client.call(
                        "sendMessage",
                        new JsonObject().put("threadId", threadId).put("content", text))));
    }
}
