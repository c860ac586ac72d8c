package dev.chatgateway.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.sun.net.httpserver.HttpServer;
import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.Management;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A page of another site in a real browser, which can reach the management port. */
class ForeignPageIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("management.ingest", "true");

    private static final String ATTACK = """
            async (port) => {
              const told = [];
              const attempt = async (what, path, options) => {
                try {
                  const answer = await fetch(port + path, options);
                  told.push(what + ' ' + answer.type + ' ' + await answer.text());
                } catch (refused) {
                  told.push(what + ' failed');
                }
              };
              const body = JSON.stringify({ latencyMs: 321 });
              await attempt('read', 'state', {});
              await attempt('put', 'faults', { method: 'PUT', body, headers: { 'Content-Type': 'application/json' } });
              for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
                const headers = { 'Content-Type': type };
                await attempt('post', 'ingest/threads/x/messages', { method: 'POST', mode: 'no-cors', body: '["x"]', headers });
              }
              await new Promise((done) => {
                const socket = new WebSocket(port.replace('http', 'ws') + 'ingest');
                socket.onopen = () => done(told.push('socket open'));
                socket.onerror = () => done(told.push('socket failed'));
              });
              return told;
            }
            """;

    @BeforeAll
    static void needs() throws Exception {
        NodeModules.requireChromium();
    }

    @Test
    void foreign_page_neither_reads_nor_changes_anything() throws Exception {
        HttpServer elsewhere = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        elsewhere.createContext("/", exchange -> {
            byte[] page = "<!doctype html><title>Elsewhere</title>".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        elsewhere.start();
        try (Browser browser = new Browser()) {
            Page page = browser.open(800, 600, ColorScheme.LIGHT);
            page.navigate("http://127.0.0.1:" + elsewhere.getAddress().getPort() + "/");
            Object told = page.evaluate(ATTACK, GATEWAY.endpoints().management().toString());
            assertThat(told)
                    .isEqualTo(List.of("read failed", "put failed", "post opaque ", "post opaque ", "socket failed"));
            assertThat(new Management(GATEWAY).get("/faults").body()).doesNotContain("321");
        } finally {
            elsewhere.stop(0);
        }
    }
}
