package dev.chatgateway.rest;

import dev.chatgateway.config.RequestHost;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The host that a request of either version of HTTP names. */
public final class RequestHosts {
    private RequestHosts() {}

    /** As it was sent, with its port; null if there is none, or more than one. */
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
