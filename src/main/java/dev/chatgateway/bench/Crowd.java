package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.NetClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;

/** The connections; each belongs to one user and subscribes to one thread. Owned by one event loop. */
final class Crowd {
    private static final int AT_ONCE = 64;

    private final WebSocketClient sockets;
    private final HttpClient web;
    private final NetClient streams;
    private final BenchOptions options;
    private final Stage stage;
    private final Map<Integer, String> tickets = new HashMap<>();
    private final List<Receiver> clients = new ArrayList<>();

    Crowd(WebSocketClient sockets, HttpClient web, NetClient streams, BenchOptions options, Stage stage) {
        this.sockets = sockets;
        this.web = web;
        this.streams = streams;
        this.options = options;
        this.stage = stage;
    }

    /** Opens all connections in order, the slow ones last. A user's further connections sign in with its ticket. */
    Future<List<Receiver>> gather() {
        return Steps.run(options.connections() + options.slow(), AT_ONCE, this::join);
    }

    private Future<Receiver> join(int number) {
        int user = number % stage.tokens().size();
        if (options.protocol() == Protocol.SIGNALING) {
            return SignalingReceiver.connect(
                            sockets,
                            web,
                            options.pages(),
                            stage.tokens().get(user),
                            UUID.randomUUID().toString())
                    .onSuccess(clients::add);
        }
        String threadId = stage.threadIds().get(number % stage.threadIds().size());
        if (options.protocol() == Protocol.STREAM) {
            return StreamReceiver.connect(
                            streams, options.pages(), stage.tokens().get(user), threadId)
                    .onSuccess(clients::add);
        }
        JsonObject who = new JsonObject().put("token", stage.tokens().get(user));
        String ticket = tickets.get(user);
        if (ticket != null) {
            who.put("ticket", ticket);
        }
        JsonObject what = new JsonObject().put("threadId", threadId).put("events", new JsonArray().add("messages"));
        return BenchClient.connect(sockets, options.url()).compose(client -> {
            clients.add(client);
            return client.call("authenticate", who)
                    .onSuccess(answer ->
                            tickets.put(user, answer.getJsonObject("session").getString("ticket")))
                    .compose(answer -> client.call("subscribe", what))
                    .map((Receiver) client);
        });
    }

    /** The threads that a connection receives. */
    List<Integer> threads(int number) {
        int count = stage.threadIds().size();
        return options.protocol() == Protocol.SIGNALING
                ? IntStream.range(0, count).boxed().toList()
                : List.of(number % count);
    }

    /** The number of connections that the gateway has closed. */
    long closed() {
        return clients.stream().filter(Receiver::closed).count();
    }

    /** Closes all connections. */
    Future<Void> leave() {
        return Steps.run(clients.size(), AT_ONCE, i -> clients.get(i).close().otherwiseEmpty())
                .mapEmpty();
    }
}
