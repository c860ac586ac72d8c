package dev.chatgateway.page;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.WebSocketRoute;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Stands between a page and the gateway: breaks the connection, keeps new ones waiting, holds requests back or answers
 * them itself. What it lets through goes on unchanged.
 */
final class Relay {
    private static final String NOTHING = "";
    private static final Pattern FALLBACKS = Pattern.compile(".*/(rpc|streams)");

    private final List<String> held = new ArrayList<>();
    private final Map<String, JsonObject> answers = new HashMap<>();
    private @Nullable WebSocketRoute page;
    private @Nullable WebSocketRoute server;
    private boolean connecting = true;
    private String hold = NOTHING;
    private String withheld = NOTHING;

    /** Call it before the page is opened. */
    static Relay before(Page page) {
        Relay relay = new Relay();
        page.routeWebSocket("**/ws", relay::opened);
        // The client must not go round this relay: requests of other transports are held forever.
        page.route(FALLBACKS, route -> {});
        return relay;
    }

    /** Whether new connections reach the gateway; those that do not get no answer to anything. */
    void connecting(boolean on) {
        connecting = on;
    }

    /** Answers requests of that method in the gateway's place. */
    void answer(String method, JsonObject result) {
        answers.put(method, result);
    }

    /** Tells the page something in the gateway's place. */
    void tell(String method, JsonObject params) {
        page.send(new JsonObject()
                .put("jsonrpc", "2.0")
                .put("method", method)
                .put("params", params)
                .encode());
    }

    /** Holds requests of that method back. */
    void hold(String method) {
        hold = method;
    }

    /** From now on the gateway's own notifications of that name do not reach the page. */
    void withhold(String notification) {
        withheld = notification;
    }

    void letGo() {
        hold = NOTHING;
        held.forEach(server::send);
        held.clear();
    }

    /** The gateway says good bye. */
    void drop() {
        WebSocketRoute was = page;
        if (server != null) {
            server.close();
            server = null;
        }
        was.close(new WebSocketRoute.CloseOptions().setCode(1012).setReason("draining"));
    }

    private void opened(WebSocketRoute route) {
        page = route;
        held.clear();
        if (!connecting) {
            server = null;
            route.onMessage(frame -> {});
            return;
        }
        WebSocketRoute to = route.connectToServer();
        server = to;
        to.onMessage(frame -> {
            if (!withheld.equals(new JsonObject(frame.text()).getString("method"))) {
                route.send(frame.text());
            }
        });
        route.onMessage(frame -> {
            JsonObject request = new JsonObject(frame.text());
            JsonObject answer = answers.get(request.getString("method"));
            if (answer != null) {
                route.send(new JsonObject()
                        .put("jsonrpc", "2.0")
                        .put("id", request.getValue("id"))
                        .put("result", answer)
                        .encode());
            } else if (request.getString("method").equals(hold)) {
                held.add(frame.text());
            } else {
                to.send(frame.text());
            }
        });
    }
}
