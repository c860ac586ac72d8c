package dev.chatgateway.testing;

import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/** A WebSocket client of the gateway for tests, over the JDK's own client. Blocking. */
public final class ChatSocket implements AutoCloseable, WebSocket.Listener {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final AtomicInteger ids = new AtomicInteger();
    private final List<Object> received = new CopyOnWriteArrayList<>();
    private final StringBuilder text = new StringBuilder();
    private final CompletableFuture<Integer> closeCode = new CompletableFuture<>();
    private WebSocket socket;

    private ChatSocket() {}

    /** Opens a socket without credentials. */
    public static ChatSocket open(GatewayExtension gateway) {
        return open(gateway, builder -> {});
    }

    /** Opens a socket; the customizer may add headers and subprotocols. */
    public static ChatSocket open(GatewayExtension gateway, Consumer<WebSocket.Builder> customizer) {
        return open(gateway.endpoints().webSocket(), customizer);
    }

    /** Opens a socket to any address. */
    public static ChatSocket open(URI uri, Consumer<WebSocket.Builder> customizer) {
        ChatSocket chat = new ChatSocket();
        WebSocket.Builder builder =
                HttpClient.newHttpClient().newWebSocketBuilder().connectTimeout(Duration.ofSeconds(10));
        customizer.accept(builder);
        chat.socket = builder.buildAsync(uri, chat).join();
        return chat;
    }

    /** Opens a socket and authenticates with the first frame. */
    public static ChatSocket signIn(GatewayExtension gateway, ServiceUser user) {
        ChatSocket chat = open(gateway, builder -> builder.subprotocols("json.chatgateway.v1"));
        chat.call("authenticate", new JsonObject().put("token", user.token()));
        return chat;
    }

    /** The same, at any gateway. */
    public static ChatSocket signIn(URI uri, ServiceUser user) {
        ChatSocket chat = open(uri, builder -> builder.subprotocols("json.chatgateway.v1"));
        chat.call("authenticate", new JsonObject().put("token", user.token()));
        return chat;
    }

    /** The subprotocol that was echoed. */
    public String subprotocol() {
        return socket.getSubprotocol();
    }

    /** Sends a request and waits for its result. */
    public JsonObject call(String method, JsonObject params) {
        JsonObject answer = request(method, params);
        if (answer.containsKey("error")) {
            throw new AssertionError(
                    method + ": " + answer.getJsonObject("error").encode());
        }
        JsonObject result = answer.getJsonObject("result");
        if (result.getValue("session") instanceof JsonObject session) {
            UsedSecrets.note(session.getString("ticket"));
        }
        return result;
    }

    /** Sends a request and waits for its error. */
    public JsonObject refused(String method, JsonObject params) {
        JsonObject answer = request(method, params);
        if (!answer.containsKey("error")) {
            throw new AssertionError(method + " was not refused: " + answer.encode());
        }
        return answer.getJsonObject("error");
    }

    private JsonObject request(String method, JsonObject params) {
        int id = ids.incrementAndGet();
        UsedSecrets.note(params.getString("content"));
        send(new JsonObject()
                .put("jsonrpc", "2.0")
                .put("id", id)
                .put("method", method)
                .put("params", params));
        return await(json -> json instanceof JsonObject o && Integer.valueOf(id).equals(o.getValue("id")));
    }

    /** Sends any JSON. */
    public void send(JsonObject json) {
        sendText(json.encode());
    }

    /** Sends any text. */
    public void sendText(String frame) {
        socket.sendText(frame, true).join();
    }

    /** Sends a binary message. */
    public void sendBinary(byte[] bytes) {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    }

    /** The parameters of the first notification of that method that fits. */
    public JsonObject event(String method, Predicate<JsonObject> fits) {
        return await(json -> json instanceof JsonObject o
                        && method.equals(o.getString("method"))
                        && fits.test(o.getJsonObject("params")))
                .getJsonObject("params");
    }

    /** All notifications of that method so far. */
    public List<JsonObject> events(String method) {
        return received.stream()
                .filter(json -> json instanceof JsonObject o && method.equals(o.getString("method")))
                .map(json -> ((JsonObject) json).getJsonObject("params"))
                .toList();
    }

    /** Everything received so far, in order: objects and arrays. */
    public List<Object> received() {
        return List.copyOf(received);
    }

    private JsonObject await(Predicate<Object> fits) {
        Awaitility.await()
                .atMost(LIMIT)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> received.stream().anyMatch(fits) || closeCode.isDone());
        return (JsonObject) received.stream()
                .filter(fits)
                .findFirst()
                .orElseThrow(() -> new AssertionError("closed with " + closeCode.join()));
    }

    /** The answer to a batch: the first array. */
    public JsonArray batchAnswer() {
        Awaitility.await().atMost(LIMIT).until(() -> received.stream().anyMatch(j -> j instanceof JsonArray));
        return (JsonArray) received.stream()
                .filter(j -> j instanceof JsonArray)
                .findFirst()
                .orElseThrow();
    }

    /** Waits for the close and says its code. */
    public int closeCode() {
        return closeCode.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    }

    /** Whether the socket is open. */
    public boolean open() {
        return !closeCode.isDone();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
        text.append(data);
        if (last) {
            received.add(Json.decodeValue(text.toString()));
            text.setLength(0);
        }
        from.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int statusCode, String reason) {
        closeCode.complete(statusCode);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closeCode.complete(1006);
    }

    @Override
    public void close() {
        socket.abort();
    }
}
