package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawHttp1;
import dev.chatgateway.testing.ServiceUser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every route of every port: bounds on what comes in, and what each answer says and does not say. */
class HttpHardeningIT {
    private static final String SECRET = "events-events-events";

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("events.secret", SECRET)
            .with("management.ingest", "true")
            .with("embedded.httpPort", "0");

    @ParameterizedTest
    @CsvSource({
        "clients, GET, /, 200",
        "clients, GET, /client.js, 200",
        "clients, GET, /page.json, 200",
        "clients, GET, /nothing, 404",
        "clients, DELETE, /, 405",
        "clients, GET, /ws, 426",
        "clients, POST, /dev/users, 415",
        "clients, POST, /dev/token, 415",
        "clients, POST, /events, 401",
        "clients, OPTIONS, /events, 400",
        "clients, GET, /chat/threads?api-version=2025-03-15, 401",
        "clients, GET, /chat/nothing, 401",
        "clients, OPTIONS, /chat/threads, 204",
        "management, GET, /livez, 200",
        "management, GET, /metrics, 200",
        "management, GET, /faults, 200",
        "management, GET, /nothing, 404",
        "embedded, GET, /chat/threads?api-version=2025-03-15, 401",
        "embedded, GET, /nothing, 404",
    })
    void every_response_is_protected_and_names_no_server(String port, String method, String path, int status)
            throws IOException {
        String answer = RawHttp1.request(uri(port), method, path, "Content-Length: 0");

        assertThat(answer).startsWith("HTTP/1.1 " + status);
        assertProtected(answer);
        if (!port.equals("embedded")) {
            assertThat(answer)
                    .containsIgnoringCase("\r\nContent-Security-Policy: default-src 'none'")
                    .containsIgnoringCase("\r\nReferrer-Policy: no-referrer");
        }
    }

    @ParameterizedTest
    @CsvSource({"clients, /", "clients, /chat/threads", "management, /livez", "embedded, /chat/threads"})
    void headers_and_targets_have_a_maximum_size(String port, String path) throws IOException {
        URI to = uri(port);
        String longHeader = RawHttp1.request(to, "GET", path, "X-Long: " + "x".repeat(20_000));
        String longTarget = RawHttp1.request(to, "GET", path + "?" + "x".repeat(20_000));

        assertThat(longHeader).matches("(?s)HTTP/1[.][01] 431.*");
        assertThat(longTarget).matches("(?s)HTTP/1[.][01] 414.*");
        assertNamesNobody(longHeader);
        assertNamesNobody(longTarget);
    }

    @ParameterizedTest
    @CsvSource({
        "clients, POST, /dev/users, 4097",
        "clients, POST, /dev/token, 4097",
        "clients, POST, /chat/threads?api-version=2025-03-15, 131073",
        "clients, POST, /events, 1200000",
        "management, PUT, /faults, 20000000",
        "management, POST, /ingest/threads/x/messages, 4194305",
        "embedded, POST, /chat/threads?api-version=2025-03-15, 1048577",
    })
    void bodies_have_a_maximum_size(String port, String method, String path, int length) throws IOException {
        String answer = RawHttp1.request(
                uri(port),
                method,
                path,
                "Content-Type: application/json",
                "X-Chatgateway-Secret: " + SECRET,
                "Content-Length: " + length);

        assertThat(answer).startsWith("HTTP/1.1 413");
        assertProtected(answer);
    }

    @Test
    void responses_over_http_2_are_protected_too() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(GATEWAY.endpoints().https())
                .timeout(Duration.ofSeconds(20))
                .build();
        HttpResponse<String> answer =
                ServiceUser.client(GATEWAY.endpoints().caPem()).send(request, HttpResponse.BodyHandlers.ofString());

        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(answer.headers().firstValue("x-content-type-options")).contains("nosniff");
        assertThat(answer.headers().firstValue("server")).isEmpty();
        // It is the development certificate of localhost, which other programs listen on too.
        assertThat(answer.headers().firstValue("strict-transport-security")).isEmpty();
    }

    /** Each had a series of its own in Vert.x's meters, kept for ever: whoever reached the port could fill the memory. */
    @ParameterizedTest
    @ValueSource(strings = {"clients", "management", "embedded"})
    void invented_methods_add_no_metric_series(String port) throws IOException {
        RawHttp1.request(uri(port), "INVENTED", "/", "Content-Length: 0");
        Set<String> before = httpSeries();
        for (int i = 0; i < 1000; i++) {
            RawHttp1.request(uri(port), "INVENTED" + i, "/", "Content-Length: 0");
        }

        assertThat(httpSeries()).isNotEmpty().isEqualTo(before).noneMatch(name -> name.contains("INVENTED"));
    }

    private static Set<String> httpSeries() {
        return GATEWAY.management("/metrics")
                .lines()
                .filter(line -> line.startsWith("vertx_http_server"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .collect(Collectors.toSet());
    }

    private static void assertProtected(String answer) {
        assertThat(answer).containsIgnoringCase("\r\nX-Content-Type-Options: nosniff");
        assertNamesNobody(answer);
    }

    private static void assertNamesNobody(String answer) {
        String head = answer.substring(0, answer.indexOf("\r\n\r\n")).toLowerCase(Locale.ROOT);
        for (String word : List.of("\r\nserver:", "x-powered-by", "vert.x", "netty", "java/", "0.1.0")) {
            assertThat(head).doesNotContain(word);
        }
    }

    private static URI uri(String port) {
        return switch (port) {
            case "clients" -> GATEWAY.endpoints().http();
            case "management" -> GATEWAY.endpoints().management();
            default ->
                URI.create("http://localhost:"
                        + GATEWAY.endpoints().embedded().orElseThrow().httpPort() + "/");
        };
    }
}
