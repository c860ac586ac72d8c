package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The connections: each one user's, subscribed to one thread. Lives on the load's event loop. */
final class Crowd {
    private static final int AT_ONCE = 64;

    private final WebSocketClient sockets;
    private final BenchOptions options;
    private final Stage stage;
    private final Map<Integer, String> tickets = new HashMap<>();
    private final List<BenchClient> clients = new ArrayList<>();

    Crowd(WebSocketClient sockets, BenchOptions options, Stage stage) {
        this.sockets = sockets;
        this.options = options;
        this.stage = stage;
    }

    /** All connections in their order, those that will be slow last; a user's later ones present its ticket. */
    Future<List<BenchClient>> gather() {
        return Steps.run(options.connections() + options.slow(), AT_ONCE, this::join);
    }

    private Future<BenchClient> join(int number) {
        int user = number % stage.tokens().size();
        JsonObject who = new JsonObject().put("token", stage.tokens().get(user));
        String ticket = tickets.get(user);
        if (ticket != null) {
            who.put("ticket", ticket);
        }
        JsonObject what = new JsonObject()
                .put("threadId", stage.threadIds().get(thread(number)))
                .put("events", new JsonArray().add("messages"));
        return BenchClient.connect(sockets, options.url()).compose(client -> {
            clients.add(client);
            return client.call("authenticate", who)
                    .onSuccess(answer ->
                            tickets.put(user, answer.getJsonObject("session").getString("ticket")))
                    .compose(answer -> client.call("subscribe", what))
                    .map(client);
        });
    }

    /** Which thread a connection is subscribed to. */
    int thread(int number) {
        return number % stage.threadIds().size();
    }

    /** Connections that the gateway has ended. */
    long closed() {
        return clients.stream().filter(BenchClient::closed).count();
    }

    /** Ends all. */
    Future<Void> leave() {
        return Steps.run(clients.size(), AT_ONCE, i -> clients.get(i).close().otherwiseEmpty())
                .mapEmpty();
    }
}
