package dev.chatgateway.signaling;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** REST calls through the gateway. Blocking. */
final class GatewayWrites {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private GatewayWrites() {}

    /** One call below {@code /chat}; fails on any status but 2xx. */
    static JsonObject call(GatewayExtension gateway, ServiceUser user, String method, String path, JsonObject body) {
        URI uri = gateway.endpoints().http().resolve(path + "?api-version=2024-03-07");
        HttpResponse<String> answer = HTTP.sendAsync(
                        HttpRequest.newBuilder(uri)
                                .timeout(Duration.ofSeconds(20))
                                .header("Authorization", "Bearer " + user.token())
                                .header(
                                        "Content-Type",
                                        method.equals("PATCH") ? "application/merge-patch+json" : "application/json")
                                .method(
                                        method,
                                        body == null
                                                ? HttpRequest.BodyPublishers.noBody()
                                                : HttpRequest.BodyPublishers.ofString(body.encode()))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .join();
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(method + " " + path + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body().isEmpty() ? new JsonObject() : new JsonObject(answer.body());
    }
}
