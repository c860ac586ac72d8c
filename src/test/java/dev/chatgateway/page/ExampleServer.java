package dev.chatgateway.page;

import dev.chatgateway.official.ExternalClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code examples/chat-composite} as a developer starts it: its own server, which bundles the page. */
final class ExampleServer implements AutoCloseable {
    private static final Path FOLDER = Path.of("examples/chat-composite");

    private final Process process;
    private final String address;

    /**
     * @param endpoints those of the gateway; users take them in turn
     * @param data the gateway's data directory
     */
    ExampleServer(List<String> endpoints, String connectionString, Path data) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("node", "server.js")
                .directory(FOLDER.toFile())
                .redirectError(Path.of("target/chat-composite.log").toFile());
        builder.environment()
                .putAll(Map.of(
                        "PORT",
                        "0",
                        "CHAT_ENDPOINT",
                        String.join(",", endpoints),
                        "COMMUNICATION_CONNECTION_STRING",
                        connectionString,
                        "GATEWAY_DATA",
                        data.toAbsolutePath().toString()));
        process = builder.start();
        String line =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)).readLine();
        if (line == null) {
            throw new IOException("the example did not start: target/chat-composite.log");
        }
        address = line.split(" ")[0];
    }

    static void require() {
        ExternalClient.require(
                Files.isDirectory(FOLDER.resolve("node_modules/@azure/communication-react")),
                "needs the packages of the lock file (npm ci in " + FOLDER + ")");
    }

    /** With a slash at the end. */
    String address() {
        return address;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
    }
}
