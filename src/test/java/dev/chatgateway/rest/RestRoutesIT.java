package dev.chatgateway.rest;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.config.TrustedProxies;
import dev.chatgateway.upstream.FakeIdentityService;
import dev.chatgateway.upstream.client.IdentityClient;
import dev.chatgateway.upstream.client.TrustedAuthorities;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RestRoutesIT {
    private static final PublicOrigin.Resolver DIRECT =
            new PublicOrigin.Resolver(Optional.empty(), TrustedProxies.none());
    private static final Map<String, String> JSON = Map.of("Content-Type", "application/json");

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = vertx.createHttpClient();
    private IdentityClient identity;
    private int port;

    private record Answer(HttpClientResponse response, Buffer body) {
        int status() {
            return response.statusCode();
        }

        String header(String name) {
            return response.getHeader(name);
        }

        String error() {
            return body.toJsonObject().getJsonObject("error").getString("message");
        }
    }

    @BeforeEach
    void start() throws Exception {
        FakeIdentityService service = await(FakeIdentityService.start(vertx, new HttpServerOptions()));
        identity = new IdentityClient(
                vertx, service.endpoint(), FakeIdentityService.KEY, TrustedAuthorities.with(List.of()));
        serve(new RestOptions("127.0.0.1", false, false, DIRECT), identity);
    }

    @AfterEach
    void stop() throws Exception {
        identity.close();
        await(vertx.close());
    }

    private void serve(RestOptions options, IdentityClient identityOrNull) throws Exception {
        Router router = Router.router(vertx);
        new RestRoutes(options, identityOrNull).mount(router);
        router.get("/boom").handler(context -> {
            throw new IllegalStateException("a bug");
        });
        HttpServer server =
                await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"));
        port = server.actualPort();
    }

    private Answer call(HttpMethod method, String path, Map<String, String> headers, String body) throws Exception {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI(path);
        headers.forEach(options::putHeader);
        // The body handler must be set in the callback that delivers the response; later the body may have passed.
        return await(client.request(options).compose(request -> request.send(Buffer.buffer(body))
                .compose(response -> response.body().map(bytes -> new Answer(response, bytes)))));
    }

    private Answer get(String path, Map<String, String> headers) throws Exception {
        return call(HttpMethod.GET, path, headers, "");
    }

    private Answer post(String path, Map<String, String> headers, String body) throws Exception {
        Map<String, String> all = new java.util.HashMap<>(JSON);
        all.putAll(headers);
        return call(HttpMethod.POST, path, all, body);
    }

    @ParameterizedTest
    @CsvSource({
        "/, text/html; charset=utf-8",
        "/index.html, text/html; charset=utf-8",
        "/style.css, text/css; charset=utf-8",
        "/favicon.svg, image/svg+xml",
        "/client.js, text/javascript; charset=utf-8",
        "/client.d.ts, text/plain; charset=utf-8",
        "/client/fallback.js, text/javascript; charset=utf-8",
        "/asyncapi.yaml, application/yaml; charset=utf-8",
        "/openapi.yaml, application/yaml; charset=utf-8",
        "/app/main.js, text/javascript; charset=utf-8",
    })
    void files_have_their_type_and_are_cached_by_etag(String path, String type) throws Exception {
        Answer first = get(path, Map.of());
        assertThat(first.status()).isEqualTo(200);
        assertThat(first.header("Content-Type")).isEqualTo(type);
        assertThat(first.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(first.body().length()).isPositive();

        Answer again = get(path, Map.of("If-None-Match", "\"other\", " + first.header("ETag")));
        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body().length()).isZero();
        assertThat(get(path, Map.of("If-None-Match", "\"other\"")).status()).isEqualTo(200);

        Answer head = call(HttpMethod.HEAD, path, Map.of(), "");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Length"))
                .isEqualTo(Integer.toString(first.body().length()));
        assertThat(head.body().length()).isZero();
    }

    @Test
    void every_file_of_the_page_is_served() throws IOException {
        Path web = Path.of("src/main/resources/web");
        try (Stream<Path> files = Files.walk(web)) {
            List<String> names = Stream.concat(
                            files.filter(Files::isRegularFile)
                                    .map(f -> web.relativize(f).toString()),
                            Stream.of("asyncapi.yaml", "openapi.yaml")) // of docs
                    .toList();
            assertThat(names).containsExactlyInAnyOrderElementsOf(PageRoutes.FILES);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/client.js", "/page.json", "/nothing", "/boom", "/dev/token"})
    void every_response_carries_the_security_headers(String path) throws Exception {
        Answer answer = get(path, Map.of());
        assertThat(answer.header("Content-Security-Policy"))
                .startsWith("default-src 'none'; script-src 'self'; style-src 'self'; ")
                .contains("frame-ancestors 'none'", "require-trusted-types-for 'script'")
                .doesNotContain("unsafe");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /nothing, 404", "GET, /../pom.xml, 404", "GET, /app/%2e%2e/%2e%2e/logback.xml, 404", "POST, /, 405",
        "DELETE, /client.js, 405", "GET, /dev/token, 405", "GET, /boom, 500", "GET, /web/index.html, 404",
    })
    void unknown_paths_are_refused(String method, String path, int status) throws Exception {
        Answer answer = call(HttpMethod.valueOf(method), path, Map.of(), "");
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("Content-Type")).isEqualTo("application/json; charset=utf-8");
        assertThat(answer.error()).isNotBlank().doesNotContain("Exception", "a bug");
    }

    @Test
    void library_but_not_the_page_may_be_loaded_cross_origin() throws Exception {
        assertThat(get("/client.js", Map.of()).header("Access-Control-Allow-Origin"))
                .isEqualTo("*");
        assertThat(get("/client.js", Map.of()).header("Cross-Origin-Resource-Policy"))
                .isEqualTo("cross-origin");
        assertThat(get("/client/messages.js", Map.of()).header("Access-Control-Allow-Origin"))
                .isEqualTo("*");
        assertThat(get("/app/main.js", Map.of()).header("Access-Control-Allow-Origin"))
                .isNull();
        assertThat(get("/page.json", Map.of()).header("Access-Control-Allow-Origin"))
                .isNull();
    }

    @Test
    void created_user_gets_a_token() throws Exception {
        assertThat(get("/page.json", Map.of()).body().toJsonObject()).isEqualTo(new JsonObject().put("embedded", true));
        Answer made = post("/dev/users", Map.of("Origin", "http://127.0.0.1:" + port), "{\"displayName\":\"Ada\"}");
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.body().toJsonObject())
                .isEqualTo(new JsonObject().put("userId", "8:acs:fake_0").put("displayName", "Ada"));

        Answer minted = post("/dev/token", Map.of(), "{\"userId\":\"8:acs:fake_0\"}");
        assertThat(minted.status()).isEqualTo(200);
        assertThat(minted.header("Cache-Control")).isEqualTo("no-store");
        assertThat(minted.body().toJsonObject().getString("token")).isEqualTo("token-of-8:acs:fake_0");
        assertThat(minted.body().toJsonObject().getString("expiresOn")).startsWith("2026-11-21T07:59:25");
    }

    @Test
    void user_of_another_service_gets_no_token() throws Exception {
        Answer answer = post("/dev/token", Map.of(), "{\"userId\":\"8:acs:elsewhere_1\"}");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.error()).startsWith("userId: unknown");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/dev/users | {\"name\":\"Ada\"}          | name: unknown field (expected: displayName)",
                "/dev/users | {\"displayName\":5}         | displayName: not a string",
                "/dev/users | {\"displayName\":\"  \"}    | displayName: 2 characters",
                "/dev/users | [1]                         | The body is not a JSON object.",
                "/dev/users | {                           | The body is not JSON.",
                "/dev/users | ''                          | The body is not JSON.",
                "/dev/token | {}                          | userId: missing",
                "/dev/token | {\"userId\":\"../x\"}       | userId: malformed",
                "/dev/token | {\"userId\":\"8:acs:a\",\"scope\":1} | scope: unknown field (expected: userId)",
            })
    void invalid_input_is_refused_by_name(String path, String body, String message) throws Exception {
        Answer answer = post(path, Map.of(), body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).startsWith(message);
    }

    @Test
    void bodies_are_json_and_small() throws Exception {
        for (String type :
                List.of("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")) {
            assertThat(post("/dev/users", Map.of("Content-Type", type), "{}").status())
                    .as(type)
                    .isEqualTo(415);
        }
        assertThat(post("/dev/users", Map.of("Content-Type", "application/json; charset=utf-8"), "{}")
                        .status())
                .isEqualTo(201);
        String large = "{\"displayName\":\"" + "x".repeat(5_000) + "\"}";
        assertThat(post("/dev/users", Map.of(), large).status()).isEqualTo(413);
    }

    @ParameterizedTest
    @ValueSource(strings = {"evil.example:%d", "localhost.evil.example:%d", "localhost", "127.0.0.1:1", "127.0.0.2:%d"})
    void unknown_host_is_refused_as_dns_rebinding(String host) throws Exception {
        Answer answer = post("/dev/users", Map.of("Host", host.formatted(port)), "{}");
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.error()).startsWith("Host: ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:%d", "LOCALHOST:%d", "127.0.0.1:%d", "[::1]:%d"})
    void loopback_names_are_allowed(String host) throws Exception {
        String authority = host.formatted(port);
        assertThat(post("/dev/users", Map.of("Host", authority, "Origin", "http://" + authority), "{}")
                        .status())
                .isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "http://evil.example",
                "https://127.0.0.1:%d",
                "http://127.0.0.1",
                "http://127.0.0.1:%d.evil.example",
                "http://localhost:%d",
                "http://127.0.0.1:%d/x",
                "",
            })
    void other_origin_is_refused(String origin) throws Exception {
        Answer answer = post("/dev/users", Map.of("Origin", origin.formatted(port)), "{}");
        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.error()).startsWith("Origin: ");
    }

    @Test
    void fetch_metadata_replaces_a_missing_origin() throws Exception {
        assertThat(post("/dev/users", Map.of("Sec-Fetch-Site", "cross-site"), "{}")
                        .status())
                .isEqualTo(403);
        assertThat(post("/dev/users", Map.of("Sec-Fetch-Site", "same-site"), "{}")
                        .status())
                .isEqualTo(403);
        assertThat(post("/dev/users", Map.of("Sec-Fetch-Site", "same-origin"), "{}")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void development_routes_are_refused_through_a_proxy() throws Exception {
        assertThat(post("/dev/users", Map.of("X-Forwarded-For", "198.51.100.7"), "{}")
                        .status())
                .isEqualTo(403);
        assertThat(post("/dev/users", Map.of("Forwarded", "for=198.51.100.7"), "{}")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void demo_tokens_work_through_a_trusted_proxy() throws Exception {
        PublicOrigin.Resolver behindProxy = new PublicOrigin.Resolver(
                PublicOrigin.parse("https://chat.example.com"), TrustedProxies.of(List.of("127.0.0.1")));
        serve(new RestOptions("0.0.0.0", true, false, behindProxy), identity);
        Map<String, String> forwarded = Map.of(
                "X-Forwarded-For",
                "198.51.100.7",
                "X-Forwarded-Proto",
                "https",
                "X-Forwarded-Host",
                "chat.example.com",
                "Origin",
                "https://chat.example.com");
        assertThat(post("/dev/users", forwarded, "{}").status()).isEqualTo(201);
        assertThat(post("/dev/users", Map.of("Host", "other.example"), "{}").status())
                .isEqualTo(403);
    }

    /** The connection of the client counts, which is the one to the proxy. */
    @Test
    void hsts_is_sent_over_tls_with_a_configured_certificate() throws Exception {
        PublicOrigin.Resolver behindProxy =
                new PublicOrigin.Resolver(Optional.empty(), TrustedProxies.of(List.of("127.0.0.1")));
        serve(new RestOptions("0.0.0.0", false, true, behindProxy), null);
        String header = "Strict-Transport-Security";
        assertThat(get("/", Map.of("X-Forwarded-Proto", "https")).header(header))
                .isEqualTo("max-age=31536000");
        assertThat(get("/nothing", Map.of("X-Forwarded-Proto", "http, HTTPS")).header(header))
                .isEqualTo("max-age=31536000");
        assertThat(get("/", Map.of("X-Forwarded-Proto", "https, http")).header(header))
                .isNull();
        assertThat(get("/", Map.of()).header(header)).isNull();

        serve(new RestOptions("0.0.0.0", false, false, behindProxy), null);
        assertThat(get("/", Map.of("X-Forwarded-Proto", "https")).header(header))
                .isNull();
        serve(new RestOptions("0.0.0.0", false, true, DIRECT), null);
        assertThat(get("/", Map.of("X-Forwarded-Proto", "https")).header(header))
                .isNull();
    }

    @Test
    void development_routes_need_the_embedded_service_on_loopback() throws Exception {
        serve(new RestOptions("127.0.0.1", false, false, DIRECT), null);
        assertThat(get("/page.json", Map.of()).body().toJsonObject().getBoolean("embedded"))
                .isFalse();
        assertThat(post("/dev/users", Map.of(), "{}").status()).isEqualTo(404);
        serve(new RestOptions("0.0.0.0", false, false, DIRECT), identity);
        assertThat(get("/page.json", Map.of()).body().toJsonObject().getBoolean("embedded"))
                .isFalse();
        assertThat(post("/dev/token", Map.of(), "{}").status()).isEqualTo(404);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, SECONDS);
    }
}
