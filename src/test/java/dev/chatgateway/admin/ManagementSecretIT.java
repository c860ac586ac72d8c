package dev.chatgateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawHttp1;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManagementSecretIT {
    private static final String SECRET = "manage-manage-manage";
    private static final List<String> WRONG = List.of(
            "X-None: 1",
            "Authorization: Bearer",
            "Authorization: Bearer manage-manage-manag",
            "Authorization: Bearer manage-manage-managee",
            "Authorization: Basic " + SECRET,
            "Authorization: " + SECRET);

    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("management.secret", SECRET).with("management.ingest", "true");

    @ParameterizedTest
    @ValueSource(strings = {"/livez", "/readyz", "/startupz"})
    void probes_need_no_secret(String path) throws IOException {
        // 503 while the service has not been asked yet.
        assertThat(get(path)).containsPattern("^HTTP/1.1 (200|503)");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /metrics",
        "GET, /faults",
        "PUT, /faults",
        "GET, /state",
        "POST, /ingest/threads/x/messages",
        "GET, /ingest",
        "GET, /nothing"
    })
    void other_paths_need_the_secret(String method, String path) throws IOException {
        for (String wrong : WRONG) {
            assertThat(RawHttp1.request(port(), method, path, wrong, "Content-Length: 0"))
                    .as(wrong)
                    .startsWith("HTTP/1.1 401")
                    .containsIgnoringCase("www-authenticate: Bearer")
                    .doesNotContain("manage-manage");
        }
    }

    /** Else a browser could not even show where the secret is to be typed in. They tell nothing of the node. */
    @ParameterizedTest
    @ValueSource(strings = {"/", "/state.js", "/state.css"})
    void files_of_the_page_need_no_secret(String path) throws IOException {
        String shown = get(path);
        assertThat(shown)
                .startsWith("HTTP/1.1 200")
                .containsIgnoringCase("\r\nContent-Security-Policy: default-src 'none'");
        assertThat(get(path, "Authorization: Bearer " + SECRET)).isEqualTo(shown);
    }

    @Test
    void publisher_without_the_secret_gets_no_socket() throws IOException {
        String upgrade = RawHttp1.upgrade(port()).replace("GET /ws", "GET /ingest");
        String allowed = upgrade.replace("\r\n\r\n", "\r\nAuthorization: Bearer " + SECRET + "\r\n\r\n");

        assertThat(RawHttp1.send(port(), upgrade)).startsWith("HTTP/1.1 401");
        assertThat(RawHttp1.send(port(), allowed)).startsWith("HTTP/1.1 101");
    }

    @Test
    void secret_gives_access() throws IOException {
        assertThat(get("/metrics", "Authorization: Bearer " + SECRET)).startsWith("HTTP/1.1 200");
        assertThat(get("/faults", "authorization: bearer " + SECRET)).startsWith("HTTP/1.1 200");
    }

    private static URI port() {
        return GATEWAY.endpoints().management();
    }

    private static String get(String path, String... headers) throws IOException {
        return RawHttp1.request(port(), "GET", path, headers);
    }
}
