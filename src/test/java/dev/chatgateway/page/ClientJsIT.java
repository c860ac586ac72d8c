package dev.chatgateway.page;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs src/test/web/*.test.js: client.js against a scripted gateway. */
class ClientJsIT {
    private static final int LIMIT_SECONDS = 120;

    @BeforeAll
    static void needs() {
        NodeModules.require();
    }

    @Test
    void the_client_library_keeps_its_promises(@TempDir Path directory) throws Exception {
        Path output = directory.resolve("node.log");
        Process node = new ProcessBuilder("node", "--test")
                .directory(NodeModules.WEB_TESTS.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = node.waitFor(LIMIT_SECONDS, SECONDS);
        if (!ended) {
            node.destroyForcibly();
        }
        String log = Files.readString(output);
        assertThat(ended).as("not done in %s s:%n%s", LIMIT_SECONDS, log).isTrue();
        assertThat(node.exitValue()).as(log).isZero();
        // A run that finds no tests succeeds too.
        assertThat(log).contains("ok").doesNotContain("tests 0");
    }
}
