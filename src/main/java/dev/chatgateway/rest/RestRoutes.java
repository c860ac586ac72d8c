package dev.chatgateway.rest;

import dev.chatgateway.upstream.client.IdentityClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP routes for browsers: the demo page with its files, {@code GET /page.json}, and the development routes. Adds
 * the security headers to all responses of the router, and error handlers in the format of the chat service.
 */
public final class RestRoutes {
    /** Tells the page whether it can create users. */
    static final String PAGE_INFO = "/page.json";

    private final SecurityHeaders headers;
    private final PageRoutes page = new PageRoutes();
    private final @Nullable DevRoutes development;

    /**
     * @param identity client of the identity API of the embedded service; null if the gateway is in front of another
     *     service
     */
    public RestRoutes(RestOptions options, @Nullable IdentityClient identity) {
        this.headers = new SecurityHeaders(options);
        this.development = identity != null && options.developmentAllowed() ? new DevRoutes(options, identity) : null;
    }

    /** Adds the routes. Call it before other routes are added, so that their responses get the headers too. */
    public void mount(Router router) {
        router.route().handler(headers::put);
        page.mount(router);
        router.route(HttpMethod.GET, PAGE_INFO).handler(this::pageInfo);
        if (development != null) {
            development.mount(router);
        }
        Refusal.mount(router);
    }

    private void pageInfo(RoutingContext context) {
        JsonAnswer.send(context, 200, new JsonObject().put("embedded", development != null));
    }
}
