package dev.chatgateway;

import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * Starts a gateway on free ports, sends a few messages to it as a client, and ends. The JVM writes an archive of the classes
 * that this loads, which makes the next start shorter (docs/operations.md).
 */
@Command(
        name = "warm-up",
        description =
                "Start on free ports with the embedded service, chat a little, and end. Run it with"
                        + " -XX:AOTCacheOutput=FILE (Java 25) or -XX:ArchiveClassesAtExit=FILE to make an archive for short starts.",
        mixinStandardHelpOptions = true)
public final class WarmUpCommand implements Callable<Integer> {
    private static final int LIMIT_SECONDS = 120;
    private static final int MESSAGES = 20;

    @Override
    public Integer call() throws Exception {
        Path data = Files.createTempDirectory("chatgateway");
        Vertx vertx = Vertx.vertx();
        HttpClient web = vertx.createHttpClient();
        WebSocketClient sockets = vertx.createWebSocketClient();
        Gateway gateway = new Gateway(config(data));
        try {
            wait(gateway.start().compose(endpoints -> chat(web, sockets, endpoints)));
            System.out.println("warm-up: ok");
            return 0;
        } finally {
            // The explicit close keeps the clients reachable: Vert.x closes a client, with its connections, when it is
            // garbage collected.
            wait(gateway.stop()
                    .transform(done -> web.close())
                    .transform(done -> sockets.close())
                    .transform(done -> vertx.close()));
            delete(data);
        }
    }

    private static GatewayConfig config(Path data) throws ConfigException {
        Map<String, String> environment = new HashMap<>();
        for (String listener : List.of("HTTP", "HTTPS", "MANAGEMENT", "EMBEDDED")) {
            environment.put("CHATGATEWAY_" + listener + "_PORT", "0");
        }
        environment.put("CHATGATEWAY_DATA_DIRECTORY", data.toString());
        environment.put("CHATGATEWAY_EMBEDDED_RATELIMITS", "off");
        environment.put("CHATGATEWAY_LOGGING_LEVEL", "warn");
        return new ConfigLoader().load(Optional.empty(), environment).config();
    }

    private static Future<Void> chat(HttpClient web, WebSocketClient sockets, Gateway.Endpoints endpoints) {
        URI pages = endpoints.http();
        return get(web, endpoints.management().resolve("/readyz"))
                .compose(ready -> get(web, endpoints.management().resolve("/metrics")))
                .compose(metrics -> get(web, pages))
                .compose(page -> post(web, pages.resolve("/dev/users"), new JsonObject()))
                .compose(user -> post(
                        web, pages.resolve("/dev/token"), new JsonObject().put("userId", user.getString("userId"))))
                .compose(token -> talk(sockets, endpoints.webSocket(), token.getString("token")));
    }

    private static Future<Buffer> get(HttpClient web, URI uri) {
        return web.request(new RequestOptions().setAbsoluteURI(uri.toString()))
                .compose(request -> request.send())
                .compose(answer -> answer.body());
    }

    private static Future<JsonObject> post(HttpClient web, URI uri, JsonObject body) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(uri.toString())
                .putHeader("Content-Type", "application/json");
        return web.request(options)
                .compose(request -> request.send(body.toBuffer()))
                .compose(answer -> answer.body())
                .map(Buffer::toJsonObject);
    }

    private static Future<Void> talk(WebSocketClient sockets, URI uri, String token) {
        Promise<Void> heard = Promise.promise();
        WebSocketConnectOptions options =
                new WebSocketConnectOptions().setAbsoluteURI(uri.toString()).addSubProtocol("json.chatgateway.v1");
        return sockets.connect(options).compose(socket -> {
            socket.textMessageHandler(text -> heard(socket, new JsonObject(text), heard));
            request(socket, 1, "authenticate", new JsonObject().put("token", token));
            return heard.future().eventually(() -> socket.close());
        });
    }

    /** Each response triggers the next request; the event of the last message ends the run. */
    private static void heard(WebSocket socket, JsonObject frame, Promise<Void> heard) {
        int id = frame.getInteger("id", 0);
        JsonObject result = frame.getJsonObject("result", new JsonObject());
        if (frame.containsKey("error")) {
            heard.tryFail(frame.getJsonObject("error").getString("message"));
        } else if (id == 1) {
            request(
                    socket,
                    2,
                    "createChatThread",
                    new JsonObject().put("topic", "warm-up").put("participants", new JsonArray()));
        } else if (id == 2) {
            String threadId = result.getString(
                    "threadId", result.getJsonObject("chatThread", result).getString("id"));
            JsonObject thread = new JsonObject().put("threadId", threadId);
            request(socket, 3, "subscribe", thread.copy().put("limit", 20));
            for (int i = 1; i <= MESSAGES; i++) {
                request(socket, 3 + i, "sendMessage", thread.copy().put("content", "warm-up " + i));
            }
        } else if (frame.encode().contains("warm-up " + MESSAGES)) {
            heard.tryComplete();
        }
    }

    private static void request(WebSocket socket, int id, String method, JsonObject params) {
        JsonObject request =
                new JsonObject().put("jsonrpc", "2.0").put("id", id).put("method", method);
        socket.writeTextMessage(request.put("params", params).encode());
    }

    private static <T> T wait(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
