package dev.chatgateway.rest;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A blocking HTTP client of {@code /chat}, of the gateway or of the service itself. */
final class ChatRest {
    static final String VERSION = "api-version=2025-03-15";
    static final String CREATE = "/chat/threads?" + VERSION;

    private final HttpClient http;
    private final URI origin;

    ChatRest(HttpClient http, URI origin) {
        this.http = http;
        this.origin = origin;
    }

    static ChatRest https(GatewayExtension gateway) {
        return new ChatRest(
                ServiceUser.client(gateway.endpoints().caPem()),
                gateway.endpoints().https());
    }

    static ChatRest plainHttp(GatewayExtension gateway) {
        return new ChatRest(
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(),
                gateway.endpoints().http());
    }

    static ChatRest service(GatewayExtension gateway) {
        return new ChatRest(ServiceUser.client(gateway.endpoints().caPem()), gateway.service());
    }

    HttpResponse<String> call(String method, String target, String token, String body, String... headers) {
        String type = method.equals("PATCH") ? "application/merge-patch+json" : "application/json";
        BodyPublisher content = body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base() + target))
                .timeout(Duration.ofSeconds(30))
                .method(method, content);
        if (body != null) {
            request.header("Content-Type", type);
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    CompletableFuture<HttpResponse<String>> later(String method, String target, String token, String body) {
        return http.sendAsync(
                HttpRequest.newBuilder(URI.create(base() + target))
                        .timeout(Duration.ofSeconds(30))
                        .method(method, BodyPublishers.ofString(body))
                        .header("Content-Type", "application/json")
                        .header("Authorization", "Bearer " + token)
                        .build(),
                BodyHandlers.ofString());
    }

    JsonObject json(String method, String target, ServiceUser user, JsonObject body) {
        HttpResponse<String> response = call(method, target, user.token(), body == null ? null : body.encode());
        if (response.statusCode() / 100 != 2) {
            throw new AssertionError(method + " " + target + ": " + response.statusCode() + " " + response.body());
        }
        return response.body().isEmpty() ? new JsonObject() : new JsonObject(response.body());
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return http.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The origin without a slash at its end. */
    String base() {
        return origin.toString().replaceAll("/$", "");
    }

    HttpClient http() {
        return http;
    }
}
