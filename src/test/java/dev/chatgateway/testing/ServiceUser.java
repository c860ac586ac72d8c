package dev.chatgateway.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A user that talks to the embedded service straight, past the gateway, over HTTPS. Blocking, for tests. */
public final class ServiceUser {
    private static final String VERSION = "api-version=2025-03-15";

    private final HttpClient http;
    private final URI service;
    private final String id;
    private final String token;

    private ServiceUser(HttpClient http, URI service, String id, String token) {
        this.http = http;
        this.service = service;
        this.id = id;
        this.token = token;
        UsedSecrets.note(token);
    }

    /** Makes a user with the gateway's development routes, as the demo page does. */
    public static ServiceUser create(GatewayExtension gateway) {
        HttpClient http = client(gateway.endpoints().caPem());
        JsonObject user = dev(http, gateway, "/dev/users", new JsonObject());
        String id = user.getString("userId", user.getString("id"));
        return ofId(gateway, id);
    }

    /** A fresh token for a user that exists. */
    public static ServiceUser ofId(GatewayExtension gateway, String id) {
        HttpClient http = client(gateway.endpoints().caPem());
        String token = dev(http, gateway, "/dev/token", new JsonObject().put("userId", id))
                .getString("token");
        return new ServiceUser(http, gateway.service(), id, token);
    }

    private static JsonObject dev(HttpClient http, GatewayExtension gateway, String path, JsonObject body) {
        HttpRequest request = HttpRequest.newBuilder(gateway.endpoints().http().resolve(path))
                .timeout(Duration.ofSeconds(20))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        return send(http, request);
    }

    /** Raw id. */
    public String id() {
        return id;
    }

    /** Access token. */
    public String token() {
        return token;
    }

    /** The identifier object of the REST API. */
    public JsonObject identifier() {
        return new JsonObject().put("communicationUser", new JsonObject().put("id", id));
    }

    /** An entry of {@code participants}. */
    public JsonObject participant() {
        return new JsonObject().put("communicationIdentifier", identifier()).put("displayName", "User " + id.length());
    }

    /** Creates a thread with these members; the result is its id. */
    public String createThread(String topic, ServiceUser... members) {
        JsonArray participants = new JsonArray();
        for (ServiceUser member : members) {
            participants.add(member.participant());
        }
        return call(
                        "POST",
                        "/chat/threads",
                        new JsonObject().put("topic", topic).put("participants", participants))
                .getJsonObject("chatThread")
                .getString("id");
    }

    /** Sends a text message; the result is its id. */
    public String send(String threadId, String content) {
        UsedSecrets.note(content);
        return call("POST", thread(threadId) + "/messages", new JsonObject().put("content", content))
                .getString("id");
    }

    /** One call of the REST API; fails on any status but 2xx. */
    public JsonObject call(String method, String path, JsonObject body) {
        String type = method.equals("PATCH") ? "application/merge-patch+json" : "application/json";
        URI uri = URI.create(service + path + (path.indexOf('?') < 0 ? "?" : "&") + VERSION);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", type)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
        return send(http, request);
    }

    /** The path of a thread. */
    public static String thread(String threadId) {
        return "/chat/threads/" + URLEncoder.encode(threadId, StandardCharsets.UTF_8);
    }

    private static JsonObject send(HttpClient http, HttpRequest request) {
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() / 100 != 2) {
                throw new AssertionError(
                        request.method() + " " + request.uri() + ": " + response.statusCode() + " " + response.body());
            }
            return response.body().isEmpty() ? new JsonObject() : new JsonObject(response.body());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** A client that trusts the development authority. */
    public static HttpClient client(Path caPem) {
        try (InputStream pem = Files.newInputStream(caPem)) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, trust.getTrustManagers(), null);
            return HttpClient.newBuilder()
                    .sslContext(tls)
                    .connectTimeout(Duration.ofSeconds(10))
                    .build();
        } catch (IOException | java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
