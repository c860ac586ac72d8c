package dev.chatgateway.testing;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** A client of a gateway's management port for tests. Blocking. */
public final class Management {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final GatewayExtension gateway;

    public Management(GatewayExtension gateway) {
        this.gateway = gateway;
    }

    /** Asks for a path; headers in pairs. */
    public HttpResponse<String> get(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        gateway.endpoints().management().resolve(path))
                .timeout(Duration.ofSeconds(30));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .join();
    }
}
