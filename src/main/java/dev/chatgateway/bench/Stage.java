package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The users and threads of a run: read from files, or created through the gateway's development routes. */
record Stage(List<String> tokens, List<String> threadIds) {
    private static final int AT_ONCE = 16;

    /** Prepares users and threads; fails with a line that says what the gateway refused. */
    static Future<Stage> set(Vertx vertx, WebSocketClient sockets, HttpClient web, BenchOptions options) {
        return vertx.executeBlocking(() -> options.tokens().map(Stage::lines).orElse(List.of()))
                .compose(given -> given.isEmpty() ? users(web, options) : Future.succeededFuture(given))
                .compose(tokens -> vertx.executeBlocking(
                                () -> options.threadIds().map(Stage::lines).orElse(List.of()))
                        .compose(given ->
                                given.isEmpty() ? threads(sockets, tokens, options) : Future.succeededFuture(given))
                        .map(threads -> new Stage(tokens, threads)));
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(file + ": not readable (expected: one entry a line)", e);
        }
    }

    private static Future<List<String>> users(HttpClient web, BenchOptions options) {
        return Steps.run(
                options.users(), AT_ONCE, i -> post(web, options.pages().resolve("/dev/users"), new JsonObject())
                        .compose(user -> post(
                                web,
                                options.pages().resolve("/dev/token"),
                                new JsonObject().put("userId", user.getString("userId"))))
                        .map(token -> token.getString("token")));
    }

    private static Future<JsonObject> post(HttpClient web, URI uri, JsonObject body) {
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(uri.toString())
                .putHeader("Content-Type", "application/json");
        return web.request(request)
                .compose(made -> made.send(body.toBuffer()))
                .compose(
                        answer -> answer.statusCode() / 100 == 2
                                ? answer.body().map(Buffer::toJsonObject)
                                : Future.failedFuture(
                                        uri + ": " + answer.statusCode()
                                                + " (expected: a gateway with the embedded service; else name --tokens and --thread-ids)"));
    }

    private static Future<List<String>> threads(WebSocketClient sockets, List<String> tokens, BenchOptions options) {
        return Steps.run(tokens.size(), AT_ONCE, i -> userId(sockets, tokens.get(i), options.url()))
                .compose(users -> BenchClient.connect(sockets, options.url())
                        .compose(owner -> owner.call("authenticate", new JsonObject().put("token", tokens.get(0)))
                                .compose(answer -> Steps.run(options.threads(), 1, i -> thread(owner, i, users)))
                                .eventually(owner::close)));
    }

    private static Future<String> userId(WebSocketClient sockets, String token, URI url) {
        return BenchClient.connect(sockets, url)
                .compose(client -> client.call("authenticate", new JsonObject().put("token", token))
                        .map(answer -> answer.getJsonObject("user")
                                .getJsonObject("communicationIdentifier")
                                .getString("rawId"))
                        .eventually(client::close));
    }

    private static Future<String> thread(BenchClient owner, int number, List<String> users) {
        JsonArray participants = new JsonArray();
        users.forEach(id -> participants.add(new JsonObject()
                .put(
                        "communicationIdentifier",
                        new JsonObject().put("rawId", id).put("communicationUser", new JsonObject().put("id", id)))));
        JsonObject params = new JsonObject().put("topic", "bench " + number).put("participants", participants);
        return owner.call("createChatThread", params)
                .map(answer -> answer.getJsonObject("chatThread").getString("id"));
    }
}
