package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code @azure/communication-chat} 1.6.0 and {@code -identity} 1.3.1 in Node: {@code src/test/js}. */
@OfficialClients
class JavaScriptClientIT {
    private static final Path SCRIPTS = Path.of("src/test/js");

    private final ExternalClient node;

    JavaScriptClientIT(OfficialTarget target) {
        node = new ExternalClient(SCRIPTS, ExternalClient.environmentOf(target, "NODE_EXTRA_CA_CERTS"));
    }

    @Test
    void all_operations() throws IOException, InterruptedException {
        ExternalClient.require(
                new ExternalClient(SCRIPTS, Map.of())
                        .works("node", "-e", "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"),
                "needs Node 20 or later (node)");
        ExternalClient.require(
                Files.isDirectory(SCRIPTS.resolve("node_modules/@azure/communication-chat")),
                "needs the packages of the lock file (npm ci --prefix src/test/js)");

        String report = node.run("node", "--test", "--test-reporter=tap", "all.test.js");

        assertThat(report).containsPattern("(?m)^# pass [1-9]").contains("# fail 0", "# skipped 0", "# todo 0");
    }
}
