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

/** What a page of another site, open in an operator's browser, can do on a management port without a secret. */
class ManagementPagesIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension()
            .with("management.ingest", "true")
            .with("management.hosts", "gateway.internal,my_node");

    private static final List<String> GUARDED = List.of("/", "/state.js", "/state", "/faults", "/ingest", "/nothing");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: evil.example",
                "Host: localhost.evil.example:8081",
                "Host: gateway.internal.evil.example",
                "Host: 127.0.0.1.evil.example",
                "Host: xlocalhost",
                "Host: 127.0.0.1@evil.example",
                "Host: 999.0.0.1",
                "Host:",
                "Host: localhost\r\nHost: evil.example",
                "Host: evil.example\r\nHost: localhost"
            })
    void rebound_name_is_refused_except_by_probes(String host) throws IOException {
        for (String path : GUARDED) {
            assertThat(RawHttp1.request(port(), "GET", path, host)).as(path).matches("(?s)HTTP/1[.]1 40[03].*");
        }
    }

    @Test
    void rebound_name_in_an_absolute_target_is_refused() throws IOException {
        assertThat(RawHttp1.request(port(), "GET", "http://evil.example/state")).startsWith("HTTP/1.1 403");
        assertThat(RawHttp1.request(port(), "GET", "http://localhost/state", "Host: evil.example"))
                .startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: localhost",
                "Host: LOCALHOST:1",
                "Host: 127.0.0.1:8081",
                "Host: 10.1.2.3",
                "Host: [::1]:8081",
                "Host: gateway.internal:8081",
                "Host: My_Node:8081"
            })
    void addresses_and_configured_names_are_served(String host) throws IOException {
        assertThat(RawHttp1.request(port(), "GET", "/state", host)).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/livez", "/readyz", "/startupz", "/metrics"})
    void probes_and_metrics_accept_any_host(String path) throws IOException {
        assertThat(RawHttp1.request(port(), "GET", path, "Host: pod-7.nodes.svc:8081"))
                .containsPattern("^HTTP/1.1 (200|503)");
        assertThat(RawHttp1.request(port(), "HEAD", path)).containsPattern("^HTTP/1.1 (200|503)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Origin: http://evil.example",
                "Origin: null",
                "Origin: https://localhost",
                "Origin: http://localhost:1",
                "Sec-Fetch-Site: cross-site",
                "Sec-Fetch-Site: same-site"
            })
    void foreign_page_reads_and_writes_nothing(String header) throws IOException {
        for (String path : List.of("/state", "/faults")) {
            assertThat(RawHttp1.request(port(), "GET", path, header)).as(path).startsWith("HTTP/1.1 403");
        }
        assertThat(put(header, "Content-Type: application/json")).startsWith("HTTP/1.1 403");
        assertThat(RawHttp1.request(
                        port(),
                        "POST",
                        "/ingest/threads/x/messages",
                        header,
                        "Content-Type: application/json",
                        "Content-Length: 0"))
                .startsWith("HTTP/1.1 403");
        assertThat(RawHttp1.send(port(), RawHttp1.upgrade(port(), header).replace("GET /ws", "GET /ingest")))
                .startsWith("HTTP/1.1 403");
    }

    @Test
    void own_page_reads_and_writes() throws IOException {
        String own = "Origin: http://localhost:" + port().getPort();
        assertThat(RawHttp1.request(port(), "GET", "/state", own, "Sec-Fetch-Site: same-origin"))
                .startsWith("HTTP/1.1 200");
        assertThat(RawHttp1.request(port(), "GET", "/state", "Sec-Fetch-Site: none"))
                .startsWith("HTTP/1.1 200");
        assertThat(put(own, "Content-Type: application/json; charset=utf-8")).startsWith("HTTP/1.1 200");
    }

    /** A dashboard may link to the page, which tells nothing itself. */
    @Test
    void link_of_another_site_opens_the_page() throws IOException {
        assertThat(RawHttp1.request(port(), "GET", "/", "Sec-Fetch-Site: cross-site"))
                .startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @CsvSource({
        "PUT, /faults, text/plain",
        "PUT, /faults, application/x-www-form-urlencoded",
        "POST, /ingest/threads/x/messages, text/plain",
        "POST, /ingest/threads/x/messages, text/plain; application/json",
        "POST, /ingest/threads/x/messages, ",
    })
    void request_that_a_form_could_send_is_refused(String method, String path, String type) throws IOException {
        String header = type == null ? "X-None: 1" : "Content-Type: " + type;
        assertThat(RawHttp1.request(port(), method, path, header, "Content-Length: 2"))
                .startsWith("HTTP/1.1 415");
    }

    private static String put(String... headers) throws IOException {
        String head = RawHttp1.head(port(), "PUT", "/faults", headers);
        return RawHttp1.send(port(), head.replace("\r\n\r\n", "\r\nContent-Length: 2\r\n\r\n{}"));
    }

    private static URI port() {
        return GATEWAY.endpoints().management();
    }
}
