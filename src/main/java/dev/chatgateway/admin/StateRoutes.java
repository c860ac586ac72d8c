package dev.chatgateway.admin;

import dev.chatgateway.event.NodeState;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /state}: the state of the node for a person or a script: readiness, remaining rate limits, a page each of its
 * threads, its connections and the sessions of official client libraries, the configuration in force. Contains ids of
 * threads and users, never a token, a secret or a message.
 */
public final class StateRoutes {
    private static final int PAGE = 100;
    private static final int LARGEST_PAGE = 1000;
    private static final long LOOP_ANSWER_MS = 2_000;

    private final Probes probes;
    private final Supplier<Optional<NodeState>> state;
    private final Supplier<String> configuration;

    /**
     * @param state empty while the node starts
     * @param configuration the configuration in force as JSON, without secrets; may block
     */
    public StateRoutes(Probes probes, Supplier<Optional<NodeState>> state, Supplier<String> configuration) {
        this.probes = probes;
        this.state = state;
        this.configuration = configuration;
    }

    /** Adds the routes. */
    public void mount(Router router) {
        router.get("/state").handler(this::show);
    }

    private void show(RoutingContext context) {
        Optional<NodeState> node = state.get();
        int threads = size(context, "threads");
        int connections = size(context, "connections");
        int sessions = size(context, "sessions");
        if (threads < 0 || connections < 0 || sessions < 0) {
            String name = threads < 0 ? "threads" : connections < 0 ? "connections" : "sessions";
            answer(context, 400, new JsonObject().put("error", name + ": (expected: 0 to " + LARGEST_PAGE + ")"));
        } else if (node.isEmpty()) {
            answer(context, 503, new JsonObject().put("error", "starting"));
        } else {
            var some = node.get().threads().threads(after(context, "after"), threads);
            var others = node.get().connections().connections(after(context, "connectionsAfter"), connections);
            var kept = node.get().sessions().sessions(after(context, "sessionsAfter"), sessions);
            // Blocking: reads the schema to find the secrets.
            var shown = context.vertx().executeBlocking(configuration::get, false);
            report(some, others, kept, shown, node.get())
                    .timeout(LOOP_ANSWER_MS, TimeUnit.MILLISECONDS)
                    .onSuccess(json -> answer(context, 200, json))
                    .onFailure(late ->
                            answer(context, 503, new JsonObject().put("error", "an event loop does not answer")));
        }
    }

    private Future<JsonObject> report(
            Future<NodeState.Page<NodeState.ThreadEntry>> threads,
            Future<NodeState.Page<NodeState.ConnectionEntry>> connections,
            Future<NodeState.Page<NodeState.SessionEntry>> sessions,
            Future<String> shown,
            NodeState node) {
        var ready = probes.ready();
        return Future.all(threads, connections, sessions, shown, ready).map(done -> new JsonObject()
                .put("readiness", ready.result().json())
                .put("budgets", new JsonObject(new TreeMap<>(node.budgets().get())))
                .put("cluster", node.cluster().get().map(StateRoutes::cluster).orElse(null))
                .put("threads", page(threads.result(), StateRoutes::thread))
                .put("connections", page(connections.result(), StateRoutes::connection))
                .put("sessions", page(sessions.result(), StateRoutes::session))
                .put("configuration", new JsonObject(shown.result())));
    }

    private static JsonObject cluster(NodeState.ClusterView view) {
        return new JsonObject()
                .put("self", view.self())
                .put("nodes", new JsonArray(view.nodes()))
                .put("sane", view.sane());
    }

    private static <T> JsonObject page(NodeState.Page<T> page, Function<T, JsonObject> entry) {
        JsonArray value = new JsonArray();
        page.entries().forEach(one -> value.add(entry.apply(one)));
        return new JsonObject().put("total", page.total()).put("value", value).put("next", page.next());
    }

    private static JsonObject thread(NodeState.ThreadEntry thread) {
        return new JsonObject()
                .put("threadId", thread.threadId())
                .put("role", thread.role())
                .put("reader", thread.reader())
                .put("pace", thread.pace())
                .put("intervalMs", thread.intervalMs())
                .put("readAgoMs", thread.readAgoMs())
                .put("lateMs", thread.lateMs())
                .put("budgetMs", thread.budgetMs())
                .put("subscribers", thread.subscribers());
    }

    private static JsonObject connection(NodeState.ConnectionEntry connection) {
        NodeState.TrafficCounters traffic = connection.traffic();
        return new JsonObject()
                .put("id", connection.id())
                .put("transport", connection.transport())
                .put("userId", connection.userId())
                .put("openedOn", connection.openedOn().toString())
                .put("subscriptions", connection.subscriptions())
                .put("framesIn", traffic.framesIn())
                .put("bytesIn", traffic.bytesIn())
                .put("framesOut", traffic.framesOut())
                .put("bytesOut", traffic.bytesOut())
                .put("behindBytes", connection.behindBytes());
    }

    private static JsonObject session(NodeState.SessionEntry session) {
        Instant detachedOn = session.detachedOn();
        return new JsonObject()
                .put("id", session.id())
                .put("kind", "signaling")
                .put("userId", session.userId())
                .put("transport", session.transport())
                .put("clientVersion", session.clientVersion())
                .put("openedOn", session.openedOn().toString())
                .put("threads", session.threads())
                .put("unacknowledged", session.unacknowledged())
                .put("detachedOn", detachedOn == null ? null : detachedOn.toString());
    }

    /** The requested number of entries; negative if it is invalid. */
    private static int size(RoutingContext context, String name) {
        String given = context.request().getParam(name);
        if (given == null) {
            return PAGE;
        }
        boolean number = given.matches("[0-9]{1,4}");
        return number && Integer.parseInt(given) <= LARGEST_PAGE ? Integer.parseInt(given) : -1;
    }

    private static String after(RoutingContext context, String name) {
        @Nullable String given = context.request().getParam(name);
        return Objects.requireNonNullElse(given, "");
    }

    private static void answer(RoutingContext context, int status, JsonObject json) {
        HttpServerResponse response = context.response().setStatusCode(status);
        StatePage.harden(response);
        response.putHeader("Content-Type", "application/json; charset=utf-8").end(json.encodePrettily() + '\n');
    }
}
