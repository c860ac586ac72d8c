package dev.chatgateway.rest;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Serves the files of the demo page and of the client library from memory. They are loaded from the class path at
 * startup. Browsers revalidate them by entity tag.
 */
final class PageRoutes {
    /** The files below {@code /web} that are served. {@code /} is index.html. */
    static final List<String> FILES = List.of(
            "index.html",
            "style.css",
            "favicon.svg",
            "client.js",
            "client.d.ts",
            "client/errors.js",
            "client/event-feed.js",
            "client/fallback.js",
            "client/http-socket.js",
            "client/leader.js",
            "client/messages.js",
            "client/shared-feed.js",
            "asyncapi.yaml",
            "openapi.yaml",
            "app/main.js",
            "app/session.js",
            "app/chat.js",
            "app/conversation.js",
            "app/composer.js",
            "app/thread.js",
            "app/messages.js",
            "app/threads.js",
            "app/dialogs.js",
            "app/people.js",
            "app/dom.js");

    /** Files that applications of other origins may load, beside the modules of the client library. */
    private static final List<String> LIBRARY = List.of("client.js", "client.d.ts", "asyncapi.yaml", "openapi.yaml");

    private static final String LIBRARY_MODULES = "client/";

    private final Map<String, Asset> assets = new LinkedHashMap<>();

    PageRoutes() {
        FILES.forEach(file -> assets.put("/" + file, Asset.load(file)));
        assets.put("/", Asset.load("index.html"));
    }

    void mount(Router router) {
        assets.forEach((path, asset) -> router.route(path)
                .method(HttpMethod.GET)
                .method(HttpMethod.HEAD)
                .handler(context -> serve(context, asset)));
    }

    private static void serve(RoutingContext context, Asset asset) {
        HttpServerResponse response =
                context.response().putHeader("ETag", asset.etag()).putHeader("Cache-Control", "no-cache");
        if (LIBRARY.contains(asset.name()) || asset.name().startsWith(LIBRARY_MODULES)) {
            response.putHeader("Access-Control-Allow-Origin", "*")
                    .putHeader("Cross-Origin-Resource-Policy", "cross-origin");
        }
        if (asset.matches(context.request().getHeader("If-None-Match"))) {
            response.setStatusCode(304).end();
            return;
        }
        response.putHeader("Content-Type", asset.contentType());
        if (context.request().method().equals(HttpMethod.HEAD)) {
            response.putHeader("Content-Length", Integer.toString(asset.body().length()))
                    .end();
        } else {
            response.end(asset.body());
        }
    }
}
