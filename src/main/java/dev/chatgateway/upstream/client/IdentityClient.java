package dev.chatgateway.upstream.client;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The identity API of the chat service (REST, HMAC-SHA256), as far as the demo page needs it. Safe for use from any
 * context; close it with its owner.
 */
public final class IdentityClient implements AutoCloseable {
    private static final String API_VERSION = "api-version=2023-10-01";
    private static final int CONNECT_TIMEOUT_MS = 3_000;
    private static final int CALL_TIMEOUT_MS = 10_000;
    // The users of a demo sign in one by one.
    private static final PoolOptions POOL = new PoolOptions().setHttp1MaxSize(4).setMaxWaitQueueSize(100);
    private static final DateTimeFormatter RFC_1123 =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

    private final WebClient client;
    private final URI endpoint;
    private final SecretKeySpec key;
    private final Clock clock;

    /** An access token; its value is not for logs. */
    public record IssuedToken(String token, OffsetDateTime expiresOn) {
        @Override
        public String toString() {
            return "IssuedToken[expiresOn=" + expiresOn + "]";
        }
    }

    /** The service refused, or its answer had an unexpected form (status 502). */
    public static final class IdentityException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final int status;

        IdentityException(int status, String message) {
            super(message);
            this.status = status;
        }

        /** HTTP status of the refusal. */
        public int status() {
            return status;
        }
    }

    /**
     * A client of one resource.
     *
     * @param endpoint scheme, host and port of the service; https, or http for a listener without TLS
     * @param accessKey key of the resource, in base64
     * @param authorities trusted for the endpoint
     * @throws IllegalArgumentException if the key is not base64
     */
    public IdentityClient(Vertx vertx, URI endpoint, String accessKey, TrustedAuthorities authorities) {
        this(vertx, endpoint, accessKey, authorities, Clock.systemUTC());
    }

    IdentityClient(Vertx vertx, URI endpoint, String accessKey, TrustedAuthorities authorities, Clock clock) {
        this.endpoint = endpoint;
        this.key = new SecretKeySpec(Base64.getDecoder().decode(accessKey), "HmacSHA256");
        this.clock = clock;
        boolean tls = endpoint.getScheme().equals("https");
        WebClientOptions options = new WebClientOptions()
                .setUserAgent("chat-gateway")
                .setFollowRedirects(false)
                .setConnectTimeout(CONNECT_TIMEOUT_MS)
                .setSsl(tls)
                .setVerifyHost(tls);
        if (tls) {
            options.setTrustOptions(authorities.options());
        }
        this.client = WebClient.create(vertx, options, POOL);
    }

    /** Creates a user; the result is its raw id. */
    public Future<String> createUser() {
        return post("/identities", new JsonObject()).map(answer -> {
            JsonObject identity = answer.getJsonObject("identity", new JsonObject());
            return required(identity, "id");
        });
    }

    /**
     * Issues a token of scope {@code chat} for a user of this resource. Fails with {@link IdentityException}: 404 or
     * another refusal of the service for an id that it has not created.
     */
    public Future<IssuedToken> issueToken(String userId) {
        String id = URLEncoder.encode(userId, StandardCharsets.UTF_8);
        JsonObject body = new JsonObject().put("scopes", new JsonArray().add("chat"));
        return post("/identities/" + id + "/:issueAccessToken", body)
                .map(answer -> new IssuedToken(required(answer, "token"), time(required(answer, "expiresOn"))));
    }

    @Override
    public void close() {
        client.close();
    }

    private Future<JsonObject> post(String path, JsonObject json) {
        Buffer body = json.toBuffer();
        String target = path + "?" + API_VERSION;
        String date = RFC_1123.format(clock.instant().atOffset(ZoneOffset.UTC));
        String hash = Base64.getEncoder().encodeToString(sha256(body.getBytes()));
        String signed = "POST\n" + target + "\n" + date + ";" + host() + ";" + hash;
        return client.post(port(), endpoint.getHost(), target)
                .timeout(CALL_TIMEOUT_MS)
                .putHeader("Host", host())
                .putHeader("Content-Type", "application/json")
                .putHeader("Accept", "application/json")
                .putHeader("x-ms-date", date)
                .putHeader("x-ms-content-sha256", hash)
                .putHeader(
                        "Authorization",
                        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=" + sign(signed))
                .sendBuffer(body)
                .map(IdentityClient::read);
    }

    private static JsonObject read(HttpResponse<Buffer> response) {
        int status = response.statusCode();
        if (status / 100 != 2) {
            throw new IdentityException(status, "identity service: refused with " + status);
        }
        try {
            JsonObject answer = response.bodyAsJsonObject();
            return answer == null ? new JsonObject() : answer;
        } catch (DecodeException | ClassCastException e) {
            throw new IdentityException(502, "identity service: answer " + status + " is no JSON object");
        }
    }

    private static String required(JsonObject json, String field) {
        if (json.getValue(field) instanceof String text) {
            return text;
        }
        throw new IdentityException(502, "identity service: " + field + " is missing in the answer");
    }

    private static OffsetDateTime time(String text) {
        try {
            return OffsetDateTime.parse(text);
        } catch (DateTimeException e) {
            throw new IdentityException(502, "identity service: expiresOn is no time");
        }
    }

    private int port() {
        return endpoint.getPort() >= 0 ? endpoint.getPort() : defaultPort();
    }

    private int defaultPort() {
        return endpoint.getScheme().equals("https") ? 443 : 80;
    }

    /** The Host header, which is signed: without the port if it is the scheme's own. */
    private String host() {
        return port() == defaultPort() ? endpoint.getHost() : endpoint.getHost() + ":" + port();
    }

    private String sign(String text) {
        try {
            Mac mac = Mac.getInstance(key.getAlgorithm());
            mac.init(key);
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 is part of every Java platform", e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("SHA-256 is part of every Java platform", e);
        }
    }
}
