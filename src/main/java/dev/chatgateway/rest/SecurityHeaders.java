package dev.chatgateway.rest;

import dev.chatgateway.config.Forwarded;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;

/** Security headers for all responses. */
final class SecurityHeaders {
    /**
     * Own files only, no inline code, no frames. HTML string sinks are disabled, because the page writes text only.
     * {@code self} includes ws: and wss: of the same host.
     */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
            + "require-trusted-types-for 'script'; trusted-types 'none'";

    /**
     * One year, without subdomains, which may belong to others. Not sent with the development certificate: a browser
     * would require TLS of everything on localhost.
     */
    private static final String HSTS = "max-age=31536000";

    private final RestOptions options;

    SecurityHeaders(RestOptions options) {
        this.options = options;
    }

    void put(RoutingContext context) {
        MultiMap headers = context.response().headers();
        headers.set("Content-Security-Policy", POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("X-Frame-Options", "DENY");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
        if (options.ownCertificate() && secure(context.request())) {
            headers.set("Strict-Transport-Security", HSTS);
        }
        context.next();
    }

    private boolean secure(HttpServerRequest request) {
        return options.origins()
                .secure(
                        request.remoteAddress().hostAddress(),
                        request.isSSL(),
                        Forwarded.of(request.headers()::getAll));
    }
}
