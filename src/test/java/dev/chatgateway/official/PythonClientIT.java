package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Debian's {@code python3-azure} (chat 1.2.0, identity 1.3.2): {@code src/test/python/quickstart.py}. */
@OfficialClients
class PythonClientIT {
    private static final Path SCRIPTS = Path.of("src/test/python");
    private static final String PYTHON = "/usr/bin/python3";

    private final ExternalClient python;

    PythonClientIT(OfficialTarget target) {
        python = new ExternalClient(SCRIPTS, ExternalClient.environmentOf(target, "REQUESTS_CA_BUNDLE"));
    }

    @Test
    void quickstart_and_all_operations() throws IOException, InterruptedException {
        ExternalClient.require(
                new ExternalClient(SCRIPTS, Map.of())
                        .works(PYTHON, "-c", "import azure.communication.chat, azure.communication.identity"),
                "needs the Python clients (apt-get install --no-install-recommends python3-azure)");

        assertThat(python.run(PYTHON, "-B", "quickstart.py")).contains("OK").doesNotContain("skipped");
    }
}
