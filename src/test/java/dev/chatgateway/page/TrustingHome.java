package dev.chatgateway.page;

import dev.chatgateway.official.ExternalClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A user's home directory whose browsers trust a certificate authority, made as the example's README says. */
public final class TrustingHome {
    private TrustingHome() {}

    /** Fails or skips the test where something is missing that {@link CompositeScenario} needs. */
    public static void requireAll() throws InterruptedException {
        NodeModules.requireChromium();
        ExampleServer.require();
        ExternalClient.require(
                new ExternalClient(Path.of("."), Map.of()).works("sh", "-c", "command -v certutil"),
                "needs certutil (Debian's libnss3-tools)");
    }

    /** Fills the directory; the result is the environment of the browser. */
    public static Map<String, String> create(Path home, Path authority) throws IOException, InterruptedException {
        Path store = Files.createDirectories(home.resolve(".pki/nssdb"));
        String database = "sql:" + store.toAbsolutePath();
        ExternalClient certutil = new ExternalClient(Path.of("."), Map.of());
        certutil.run("certutil", "-d", database, "-N", "--empty-password");
        certutil.run(
                "certutil",
                "-d",
                database,
                "-A",
                "-t",
                "C,,",
                "-n",
                "chat-gateway",
                "-i",
                authority.toAbsolutePath().toString());
        // The browser's sound would leave a directory outside of this one.
        return Map.of(
                "HOME",
                home.toAbsolutePath().toString(),
                "PULSE_RUNTIME_PATH",
                home.resolve("pulse").toAbsolutePath().toString());
    }
}
