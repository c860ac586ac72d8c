package dev.chatgateway.rest;

import dev.chatgateway.upstream.client.IdentityClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * All plain HTTP routes for browsers: the demo page with its files, {@code GET /page.json} from which the page learns how
 * people sign in, and the development routes. Also puts the security headers on every response of the router, and gives
 * every refusal one form.
 */
public final class RestRoutes {
    /** Where the page learns whether it can make users itself. */
    static final String PAGE_INFO = "/page.json";

    private final SecurityHeaders headers;
    private final PageRoutes page = new PageRoutes();
    private final @Nullable DevRoutes development;

    /**
     * Routes for one router.
     *
     * @param identity the embedded service's identity API; null if the gateway stands in front of another service
     */
    public RestRoutes(RestOptions options, @Nullable IdentityClient identity) {
        this.headers = new SecurityHeaders(options);
        this.development = identity != null && options.developmentAllowed() ? new DevRoutes(options, identity) : null;
    }

    /** Adds the routes. Call it before other routes are added, so that their responses carry the headers too. */
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
