package dev.chatgateway.signaling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawHttp1;
import dev.chatgateway.testing.ServiceUser;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages and programs whose endpoint is the embedded service: where they find the live channel, and whether they may. */
class EmbeddedEndpointIT {
    private static final String PATH = "/chat/config/realTimeNotifications";
    private static final String QUERY = "?api-version=2024-09-01";
    private static final String PAGE = "http://localhost:3000";

    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("embedded.httpPort", "0").with("http.origins", "https://app.example");

    private final String token = ServiceUser.create(GATEWAY).token();

    @ParameterizedTest
    @ValueSource(strings = {PATH, "/" + PATH})
    void gateway_of_the_process_is_named_in_both_spellings(String path) throws IOException {
        String answer = call("GET", path + QUERY, "Authorization: Bearer " + token, "Origin: " + PAGE);

        assertThat(answer)
                .startsWith("HTTP/1.1 200")
                .containsIgnoringCase("access-control-allow-origin: *\r\n")
                .containsIgnoringCase("content-type: application/json");
        String http = GATEWAY.endpoints().http().toString();
        assertThat(new JsonObject(answer.substring(answer.indexOf("\r\n\r\n") + 4)))
                .isEqualTo(new JsonObject()
                        .put("trouterServiceUrl", http + "signaling/trouter")
                        .put("registrarServiceUrl", http + "signaling/registrar")
                        .put("cloudType", "public"));
    }

    @Test
    void token_is_needed() throws IOException {
        assertThat(call("GET", PATH + QUERY)).startsWith("HTTP/1.1 401");
        assertThat(call("GET", PATH + QUERY, "Authorization: Bearer x")).startsWith("HTTP/1.1 401");
        assertThat(call("POST", PATH + QUERY, "Content-Length: 0")).startsWith("HTTP/1.1 405");
    }

    @Test
    void page_of_any_origin_may_call_chat_operations() throws IOException {
        for (String path : new String[] {PATH, "/" + PATH, "/chat/threads", "/chat/threads/19:x@thread.v2/messages"}) {
            assertThat(call("OPTIONS", path, "Origin: https://any.example", "Access-Control-Request-Method: GET"))
                    .startsWith("HTTP/1.1 204")
                    .containsIgnoringCase("access-control-allow-origin: *\r\n")
                    .containsIgnoringCase("access-control-allow-headers: authorization, *\r\n")
                    .containsIgnoringCase("access-control-allow-methods: GET, POST, PATCH, DELETE\r\n")
                    .doesNotContainIgnoringCase("access-control-allow-credentials");
        }
        // A page reads refusals too.
        assertThat(call("GET", "/chat/threads" + QUERY, "Origin: https://any.example"))
                .startsWith("HTTP/1.1 401")
                .containsIgnoringCase("access-control-allow-origin: *\r\n");
        assertThat(call("GET", "/chat/threads" + QUERY)).doesNotContainIgnoringCase("access-control-allow-origin");
    }

    @Test
    void page_does_not_reach_identity_operations() throws IOException {
        assertThat(call("OPTIONS", "/identities", "Origin: " + PAGE, "Access-Control-Request-Method: POST"))
                .startsWith("HTTP/1.1 405")
                .doesNotContainIgnoringCase("access-control-allow-origin");
        assertThat(call("POST", "/identities" + QUERY, "Origin: " + PAGE, "Content-Length: 0"))
                .startsWith("HTTP/1.1 401")
                .doesNotContainIgnoringCase("access-control-allow-origin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost:3000",
                "http://localhost",
                "https://localhost:5173",
                "http://127.0.0.1:3000",
                "http://[::1]:3000",
                "https://app.example",
            })
    void page_of_this_machine_may_open_the_live_channel(String origin) throws IOException {
        assertThat(gateway("OPTIONS", "/v4/a", "Origin: " + origin))
                .startsWith("HTTP/1.1 204")
                .containsIgnoringCase("access-control-allow-origin: " + origin + "\r\n");
        assertThat(gateway("OPTIONS", "/chat/threads", "Origin: " + origin)).startsWith("HTTP/1.1 204");
        // The own protocol admits configured origins only.
        URI http = GATEWAY.endpoints().http();
        assertThat(RawHttp1.send(http, RawHttp1.upgrade(http, "Origin: " + origin)))
                .startsWith(origin.equals("https://app.example") ? "HTTP/1.1 101" : "HTTP/1.1 403");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://elsewhere.example",
                "http://localhost.evil.example",
                "http://evil-localhost:3000",
                "http://127.0.0.1.evil.example",
                "http://192.168.1.5:3000",
                "http://localhost@evil.example",
                "null",
            })
    void page_of_another_machine_may_not(String origin) throws IOException {
        assertThat(gateway("OPTIONS", "/v4/a", "Origin: " + origin))
                .startsWith("HTTP/1.1 403")
                .doesNotContainIgnoringCase("access-control-allow");
    }

    private static String call(String method, String path, String... headers) throws IOException {
        int port = GATEWAY.endpoints().embedded().orElseThrow().httpPort();
        return RawHttp1.request(URI.create("http://localhost:" + port), method, path, headers);
    }

    private static String gateway(String method, String path, String... headers) throws IOException {
        return RawHttp1.request(GATEWAY.endpoints().http(), method, path, headers);
    }
}
