package dev.chatgateway.rest;

import dev.chatgateway.config.RequestHost;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the host that a request names, in HTTP/1.1 or HTTP/2. */
public final class RequestHosts {
    private RequestHosts() {}

    /** The host as sent, with its port. Null if it is missing or repeated. */
    public static @Nullable String of(HttpServerRequest request) {
        return RequestHost.named(request.uri(), lines(request)).orElse(null);
    }

    private static List<String> lines(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            return request.headers().getAll("Host");
        }
        HostAndPort authority = request.authority();
        return authority == null ? List.of() : List.of(authority.toString());
    }
}
