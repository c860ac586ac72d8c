package dev.chatgateway.embedded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.chatgateway.config.GatewayConfig.Embedded.Faults;
import dev.chatgateway.embedded.http.EmbeddedOptions;
import dev.chatgateway.embedded.operations.LiveChannel;
import dev.chatgateway.tls.DevelopmentCertificates;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A running service and a client that calls it over TLS. */
public final class TestService implements AutoCloseable {
    public static final String VERSION = "api-version=2025-03-15";
    static final String KEY =
            Base64.getEncoder().encodeToString("0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII));
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final DateTimeFormatter RFC_1123 =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US);

    public final EmbeddedService service;
    public final EmbeddedService.Started started;
    final Clock clock;
    private final HttpClient http;

    private TestService(EmbeddedService service, EmbeddedService.Started started, Clock clock, HttpClient http) {
        this.service = service;
        this.started = started;
        this.clock = clock;
        this.http = http;
    }

    /** A response. */
    public record Answer(int status, JsonNode json, String body, HttpHeaders headers) {
        public String text(String path) {
            return json.at("/" + path.replace('.', '/')).asText(null);
        }

        public String code() {
            return text("error.code");
        }

        public String header(String name) {
            return headers.firstValue(name).orElse(null);
        }
    }

    /** A user and a token. */
    public record User(String id, String token) {}

    public static TestService start(Vertx vertx, Path data, Clock clock, boolean limits, Path storage) {
        return start(
                data,
                clock,
                certificates ->
                        new EmbeddedService(vertx, options(data, certificates, limits, storage, 0, false), clock));
    }

    /** In memory and without rate limits, with realism. */
    public static TestService start(
            Vertx vertx, Path data, Clock clock, int fractionDigits, boolean realism, RandomGenerator random) {
        return start(data, clock, certificates -> {
            EmbeddedOptions options = options(data, certificates, false, null, fractionDigits, realism);
            return new EmbeddedService(vertx, options, clock, random, LiveChannel.NONE);
        });
    }

    private static TestService start(Path data, Clock clock, Function<DevelopmentCertificates, EmbeddedService> maker) {
        try {
            DevelopmentCertificates certificates = DevelopmentCertificates.loadOrCreate(data, List.of());
            EmbeddedService service = maker.apply(certificates);
            return new TestService(service, await(service.start()), clock, client(certificates));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static EmbeddedOptions options(
            Path data,
            DevelopmentCertificates certificates,
            boolean limits,
            Path storage,
            int fractionDigits,
            boolean realism) {
        return new EmbeddedOptions(
                "127.0.0.1",
                0,
                0,
                null,
                storage,
                KEY,
                limits,
                fractionDigits,
                realism,
                new Faults(0, 0, 0, false, List.of()),
                data,
                certificates.certificate(),
                certificates.key());
    }

    /** A client for a service of another process. */
    static TestService at(String endpoint, DevelopmentCertificates certificates)
            throws IOException, GeneralSecurityException {
        return new TestService(
                null, new EmbeddedService.Started(endpoint, null, ""), Clock.systemUTC(), client(certificates));
    }

    static HttpClient client(DevelopmentCertificates certificates) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(certificates.trustStore())) {
            store.load(in, DevelopmentCertificates.TRUST_STORE_PASSWORD.toCharArray());
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder()
                .sslContext(context)
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(20))
                .build();
    }

    public static <T> T await(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        await(service.close());
    }

    /** A path or a link of the service, with the api-version added. */
    public URI uri(String pathOrLink) {
        String absolute = pathOrLink.startsWith("http") ? pathOrLink : started.endpoint() + pathOrLink;
        return URI.create(
                absolute.contains("api-version")
                        ? absolute
                        : absolute + (absolute.contains("?") ? "&" : "?") + VERSION);
    }

    public Answer send(HttpRequest request) {
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            return new Answer(
                    response.statusCode(),
                    response.body().isEmpty() ? MissingNode.getInstance() : JSON.readTree(response.body()),
                    response.body(),
                    response.headers());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static HttpRequest.Builder request(URI uri, String method, String body) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofSeconds(30))
                .method(
                        method,
                        body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        return body == null ? builder : builder.header("Content-Type", "application/json");
    }

    /** A chat call with a bearer token. */
    public Answer call(User user, String method, String path, String body) {
        return send(request(uri(path), method, body)
                .header("Authorization", "Bearer " + user.token())
                .build());
    }

    public Answer get(User user, String path) {
        return call(user, "GET", path, null);
    }

    public Answer post(User user, String path, String body) {
        return call(user, "POST", path, body);
    }

    /** An identity call, signed as the JavaScript client does. */
    public Answer signed(String method, String path, String body) {
        URI uri = uri(path);
        String target = uri.getRawPath() + "?" + uri.getRawQuery();
        return send(sign(request(uri, method, body), method, target, uri.getAuthority(), body, KEY)
                .build());
    }

    HttpRequest.Builder sign(
            HttpRequest.Builder builder, String method, String target, String host, String body, String key) {
        String date = date();
        String hash = hash(body);
        return builder.header("x-ms-date", date)
                .header("x-ms-content-sha256", hash)
                .header(
                        "Authorization",
                        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature="
                                + signature(method + "\n" + target + "\n" + date + ";" + host + ";" + hash, key));
    }

    /** The service's time in the form of signatures. */
    String date() {
        return RFC_1123.format(ZonedDateTime.ofInstant(clock.instant(), ZoneOffset.UTC));
    }

    static String hash(String body) {
        try {
            byte[] bytes = body == null ? new byte[0] : body.getBytes(StandardCharsets.UTF_8);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static String signature(String text, String key) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    public User user(String... scopes) {
        String list = scopes.length == 0 ? "\"chat\"" : "\"" + String.join("\",\"", scopes) + "\"";
        Answer made = signed("POST", "/identities", "{\"createTokenWithScopes\":[" + list + "]}");
        if (made.status() != 201) {
            throw new IllegalStateException(made.body());
        }
        return new User(made.text("identity.id"), made.text("accessToken.token"));
    }

    public User tokenFor(String id, String... scopes) {
        Answer made = signed(
                "POST",
                "/identities/" + id + "/:issueAccessToken",
                "{\"scopes\":[\"" + String.join("\",\"", scopes) + "\"]}");
        return new User(id, made.text("token"));
    }

    /** A new thread of the users, created by the first one. */
    public String thread(User creator, User... others) {
        StringBuilder participants = new StringBuilder();
        for (User other : others) {
            participants.append(participants.isEmpty() ? "" : ",").append(participant(other));
        }
        Answer made = post(creator, "/chat/threads", "{\"topic\":\"Tea\",\"participants\":[" + participants + "]}");
        if (made.status() != 201) {
            throw new IllegalStateException(made.body());
        }
        return made.text("chatThread.id");
    }

    public static String participant(User user) {
        return "{\"communicationIdentifier\":" + identifier(user) + "}";
    }

    public static String identifier(User user) {
        return "{\"communicationUser\":{\"id\":\"" + user.id() + "\"}}";
    }

    public String message(User sender, String thread, String content) {
        Answer sent = post(sender, "/chat/threads/" + thread + "/messages", "{\"content\":\"" + content + "\"}");
        if (sent.status() != 201) {
            throw new IllegalStateException(sent.body());
        }
        return sent.text("id");
    }
}
