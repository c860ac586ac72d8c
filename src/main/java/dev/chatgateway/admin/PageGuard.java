package dev.chatgateway.admin;

import dev.chatgateway.config.HostAndPort;
import dev.chatgateway.config.RequestHost;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Keeps pages of other sites, which an operator's browser may have open, from this port. A page whose name was rebound to
 * this address sends its own name as Host; any other foreign page is named by Origin or Sec-Fetch-Site. Programs send
 * neither and are not concerned.
 */
final class PageGuard {
    private static final String LOCAL = "localhost";
    private static final String OWN_SITE = "same-origin";
    private static final String TYPED_IN = "none";
    private static final String JSON = "application/json";
    private static final Set<String> WRITES = Set.of("POST", "PUT", "PATCH", "DELETE");
    private static final int SHOWN = 100;

    private final Set<String> names;

    /** @param hosts names of this port beside localhost and every address (management.hosts) */
    PageGuard(List<String> hosts) {
        Stream<String> configured =
                hosts.stream().flatMap(host -> HostAndPort.parse(host).stream()).map(HostAndPort::host);
        names = Stream.concat(Stream.of(LOCAL), configured).collect(Collectors.toUnmodifiableSet());
    }

    /** A request without a usable host gets no further: the router would log a stack trace for it. */
    static void admit(HttpServerRequest request, Handler<HttpServerRequest> next) {
        if (host(request).isPresent()) {
            next.handle(request);
        } else {
            ManagementServer.protect(request.response());
            answer(request.response(), 400, "Host: missing, malformed or twice (expected: one)");
        }
    }

    /** Refuses a request that names another host, as a rebound page's does. */
    void checkHost(RoutingContext context) {
        Optional<HostAndPort> host = host(context.request());
        if (host.isPresent()
                && (host.get().isAddress() || names.contains(host.get().host()))) {
            context.next();
        } else {
            refuse(
                    context,
                    403,
                    "Host: " + host.map(HostAndPort::toString).orElse("missing")
                            + " (expected: an address, localhost or one of management.hosts)");
        }
    }

    /** Refuses a request that a page of another origin has made. */
    void checkOrigin(RoutingContext context) {
        HttpServerRequest request = context.request();
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        String site = request.getHeader("Sec-Fetch-Site");
        String own = "http://" + host(request).map(HostAndPort::toString).orElse("");
        if (origin != null && !origin.equalsIgnoreCase(own)) {
            refuse(context, 403, "Origin: " + shown(origin) + " (expected: none, or " + own + ")");
        } else if (site != null && !site.equals(OWN_SITE) && !site.equals(TYPED_IN)) {
            refuse(context, 403, "Sec-Fetch-Site: " + shown(site) + " (expected: none, or " + OWN_SITE + ")");
        } else {
            context.next();
        }
    }

    /** Refuses what a form could send: browsers ask before a page of another origin sends JSON, and are refused. */
    static void checkJson(RoutingContext context) {
        boolean writes = WRITES.contains(context.request().method().name());
        if (writes && !isJson(context.request().getHeader(HttpHeaders.CONTENT_TYPE))) {
            refuse(context, 415, "Content-Type: missing or another (expected: " + JSON + ")");
        } else {
            context.next();
        }
    }

    private static boolean isJson(@Nullable String type) {
        return type != null && type.split(";", 2)[0].strip().equalsIgnoreCase(JSON);
    }

    private static Optional<HostAndPort> host(HttpServerRequest request) {
        return RequestHost.named(request.uri(), hostLines(request)).flatMap(HostAndPort::sent);
    }

    private static List<String> hostLines(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            return request.headers().getAll(HttpHeaders.HOST);
        }
        var authority = request.authority();
        return authority == null ? List.of() : List.of(authority.toString());
    }

    private static String shown(String header) {
        return header.length() > SHOWN ? header.substring(0, SHOWN) + "..." : header;
    }

    private static void refuse(RoutingContext context, int status, String message) {
        answer(context.response(), status, message);
    }

    private static void answer(HttpServerResponse response, int status, String message) {
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/plain; charset=utf-8")
                .end(message + '\n');
    }
}
