package dev.chatgateway.upstream;

import dev.chatgateway.config.GatewayConfig.Embedded.Faults;
import dev.chatgateway.embedded.EmbeddedService;
import dev.chatgateway.embedded.http.EmbeddedOptions;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.tls.DevelopmentCertificates;
import dev.chatgateway.tracing.Tracing;
import dev.chatgateway.upstream.client.TrustedAuthorities;
import dev.chatgateway.upstream.client.UpstreamOptions;
import dev.chatgateway.upstream.client.WebChatService;
import dev.chatgateway.upstream.quota.RateLimiter;
import dev.chatgateway.upstream.quota.RateWindows;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The embedded service over real TLS, users of it, and this room's client for it. Public for the tests of other rooms. */
public final class EmbeddedFixture implements AutoCloseable {
    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

    private final Vertx vertx;
    private final EmbeddedService embedded;
    private final EmbeddedService.Started started;
    private final DevelopmentCertificates certificates;
    private final HttpClient http = HttpClient.newHttpClient();

    /** What counts the calls of {@link #service}. */
    public final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    public EmbeddedFixture(Vertx vertx, Path directory, boolean limits) throws Exception {
        this.vertx = vertx;
        certificates = DevelopmentCertificates.loadOrCreate(directory, List.of());
        embedded = new EmbeddedService(
                vertx,
                new EmbeddedOptions(
                        "127.0.0.1",
                        0,
                        0,
                        null,
                        null,
                        Base64.getEncoder().encodeToString(KEY),
                        limits,
                        new Faults(0, 0, 0, false, List.of()),
                        directory,
                        certificates.certificate(),
                        certificates.key()),
                Clock.systemUTC());
        started = get(embedded.start());
    }

    /** A client with the published windows over HTTPS. */
    public WebChatService service(int timeoutMs) {
        return service(timeoutMs, RateWindows.published(), List.of(certificates.authority()));
    }

    public WebChatService service(int timeoutMs, RateWindows windows, List<Path> authorities) {
        UpstreamOptions options = new UpstreamOptions(
                URI.create(started.endpoint()),
                "2025-03-15",
                TrustedAuthorities.with(authorities),
                16,
                3_000,
                timeoutMs,
                3,
                1_000);
        return new WebChatService(
                vertx,
                options,
                new RateLimiter(windows),
                new GatewayMetrics(registry),
                Timers.of(vertx),
                Clock.systemUTC(),
                new Random(7),
                Tracing.OFF.tracer());
    }

    /** Faults in force from now on. */
    public void faults(int latencyMs, Faults.Rule... rules) {
        embedded.faults().set(new Faults(latencyMs, 0, 0, false, List.of(rules)));
    }

    /** A new user with a token of scope chat. */
    public UserToken user() {
        JsonObject body = new JsonObject().put("createTokenWithScopes", new io.vertx.core.json.JsonArray().add("chat"));
        return UserToken.parse(signed("/identities", body.encode())
                .getJsonObject("accessToken")
                .getString("token"));
    }

    private JsonObject signed(String path, String body) {
        String target = path + "?api-version=2023-10-01";
        String host = "127.0.0.1:" + started.httpPort();
        String date = DATE.format(ZonedDateTime.now(ZoneOffset.UTC));
        try {
            String hash = Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(body.getBytes(StandardCharsets.UTF_8)));
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
            String text = "POST\n" + target + "\n" + date + ";" + host + ";" + hash;
            String signature = Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host + target))
                    .header("x-ms-date", date)
                    .header("x-ms-content-sha256", hash)
                    .header("Content-Type", "application/json")
                    .header(
                            "Authorization",
                            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=" + signature)
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build();
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 201) {
                throw new IllegalStateException(response.body());
            }
            return new JsonObject(response.body());
        } catch (GeneralSecurityException | java.io.IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits for a future, long enough for a slow machine. */
    public static <T> T get(Future<T> future) {
        try {
            return future.await(60, TimeUnit.SECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        get(embedded.close());
    }
}
