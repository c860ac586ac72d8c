package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The live channel of the unmodified JavaScript client, in Node with the client's browser build. */
class RealtimeClientIT {
    private static final Path SCRIPTS = Path.of("src/test/js");

    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension().with("embedded.rateLimits", "off");

    @Test
    void newest_client_receives_all_events() throws IOException, InterruptedException {
        run("@azure/communication-chat", "realtime.test.js");
    }

    @Test
    void first_redirectable_client_receives_all_events() throws IOException, InterruptedException {
        ExternalClient.require(
                Files.exists(SCRIPTS.resolve("node_modules/.bin/esbuild")),
                "needs the packages of the lock file (npm ci --prefix src/test/js)");
        // Its package names the browser build in the form that only bundlers read.
        Path bundle = Path.of("target/chat-1.5.4.mjs").toAbsolutePath();
        new ExternalClient(SCRIPTS, Map.of())
                .run(
                        "node_modules/.bin/esbuild",
                        "--bundle",
                        "--platform=browser",
                        "--format=esm",
                        "--log-level=warning",
                        "--outfile=" + bundle,
                        "communication-chat-1.5.4");
        run(bundle.toString(), "realtime.test.js");
    }

    @Test
    void client_without_websocket_polls() throws IOException, InterruptedException {
        run("@azure/communication-chat", "realtime-polling.test.js");
    }

    @Test
    void client_of_the_embedded_service_receives_events() throws IOException, InterruptedException {
        run(
                "@azure/communication-chat",
                "realtime-embedded.test.js",
                GATEWAY.service().toString());
    }

    private static void run(String chatPackage, String script) throws IOException, InterruptedException {
        String https = GATEWAY.endpoints().https().toString();
        run(chatPackage, script, https.substring(0, https.length() - 1));
    }

    private static void run(String chatPackage, String script, String endpoint)
            throws IOException, InterruptedException {
        ExternalClient.require(
                new ExternalClient(SCRIPTS, Map.of())
                        .works("node", "-e", "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"),
                "needs Node 20 or later (node)");
        ExternalClient.require(
                Files.isDirectory(SCRIPTS.resolve("node_modules/@azure/communication-chat")),
                "needs the packages of the lock file (npm ci --prefix src/test/js)");
        Map<String, String> environment = new HashMap<>();
        environment.put("CHAT_ENDPOINT", endpoint);
        environment.put("DEVELOPMENT_ENDPOINT", GATEWAY.endpoints().http().toString());
        environment.put("CHAT_PACKAGE", chatPackage);
        environment.put("NODE_EXTRA_CA_CERTS", GATEWAY.endpoints().caPem().toString());
        List<String> command =
                new ArrayList<>(List.of("node", "--no-warnings", "--conditions=browser", "--experimental-websocket"));
        // Sockets of the client's HTTP pool would keep the process alive.
        command.addAll(List.of("--test", "--test-force-exit", "--test-reporter=tap", script));

        String report = new ExternalClient(SCRIPTS, environment).run(command.toArray(String[]::new));

        assertThat(report).containsPattern("(?m)^# pass [1-9]").contains("# fail 0", "# skipped 0", "# todo 0");
    }
}
