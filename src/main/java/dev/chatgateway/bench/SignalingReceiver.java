package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.URI;
import java.util.function.Consumer;

/**
 * A session as the official client libraries hold it: socket.io frames, an acknowledgement for each push, and a ping after
 * it unless one is unanswered. It receives all threads of its user. Owned by one event loop.
 */
final class SignalingReceiver implements Receiver {
    private static final String PUSH = "3:::{\"id\":";

    private final WebSocket socket;
    private final Promise<Receiver> connected = Promise.promise();
    private Consumer<String> events = text -> {};
    private int pings;
    private boolean pinging;
    private boolean closed;

    private SignalingReceiver(WebSocket socket) {
        this.socket = socket;
    }

    /**
     * Allocates a session, shakes hands and connects; completes when the gateway has established the session.
     *
     * @param pages the gateway's HTTP routes
     * @param id the client's own id, unique for its user
     */
    static Future<Receiver> connect(WebSocketClient sockets, HttpClient web, URI pages, String token, String id) {
        return request(web, HttpMethod.POST, pages.resolve("/v4/a?epid=" + id), token)
                .map(session -> "?epid=" + id + "&sr="
                        + session.toJsonObject().getJsonObject("connectparams").getString("sr"))
                .compose(query -> request(web, HttpMethod.GET, pages.resolve("/socket.io/1/" + query), token)
                        .map(handshake -> handshake.toString().split(":", 2)[0] + query))
                .compose(target -> sockets.connect(new WebSocketConnectOptions()
                        .setAbsoluteURI(pages.resolve("/socket.io/1/websocket/" + target)
                                .toString()
                                .replaceFirst("^http", "ws"))))
                .compose(socket -> new SignalingReceiver(socket).opened());
    }

    private static Future<Buffer> request(HttpClient web, HttpMethod method, URI uri, String token) {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setAbsoluteURI(uri.toString())
                .putHeader("X-Skypetoken", token);
        return web.request(options)
                .compose(made -> made.send())
                .compose(
                        answer -> answer.statusCode() == 200
                                ? answer.body()
                                : Future.failedFuture(
                                        uri.getPath() + ": " + answer.statusCode()
                                                + " (expected: a gateway with signaling, and signaling.sessionsPerUser for all sessions)"));
    }

    private Future<Receiver> opened() {
        socket.textMessageHandler(this::received);
        socket.closeHandler(end -> {
            closed = true;
            events = text -> {};
            connected.tryFail("the connection has ended, code " + socket.closeStatusCode());
        });
        return connected.future();
    }

    private void received(String text) {
        if (text.startsWith(PUSH)) {
            events.accept(text);
            int end = text.indexOf(',', PUSH.length());
            socket.writeTextMessage(
                    PUSH + text.substring(PUSH.length(), end) + ",\"status\":200,\"headers\":{},\"body\":\"\"}");
            ping();
        } else if (text.startsWith("6:::")) {
            pinging = false;
        } else if (text.equals("2::")) {
            socket.writeTextMessage("2::");
            ping();
        } else if (text.startsWith("5:::{\"name\":\"trouter.connected\"")) {
            connected.tryComplete(this);
        }
    }

    private void ping() {
        if (!pinging) {
            pinging = true;
            socket.writeTextMessage("5:" + ++pings + "+::{\"name\":\"ping\"}");
        }
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
        socket.resume();
        return socket.close();
    }
}
