package dev.chatgateway.page;

import dev.chatgateway.official.ExternalClient;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the tests of the page need beside Java: present, or a visible reason to skip; in CI missing is a failure. */
final class NodeModules {
    static final Path WEB_TESTS = Path.of("src/test/web");
    static final Path CHROMIUM = Path.of("/usr/bin/chromium");

    private NodeModules() {}

    static void require() {
        require(WEB_TESTS.resolve("node_modules/ws"), "run 'npm ci' in " + WEB_TESTS);
        require(WEB_TESTS.resolve("node_modules/axe-core"), "run 'npm ci' in " + WEB_TESTS);
    }

    static void requireChromium() {
        require();
        require(CHROMIUM, "install chromium");
    }

    private static void require(Path path, String advice) {
        ExternalClient.require(Files.exists(path), path + " is missing: " + advice);
    }
}
