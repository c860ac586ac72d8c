package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** An official client in another language: a process that must end well, and whose output is the message when it does not. */
public final class ExternalClient {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration PROBE_LIMIT = Duration.ofSeconds(60);

    private final Path directory;
    private final Map<String, String> environment;

    /** The paths of a process are relative to {@code directory}; {@code environment} is added to this JVM's own. */
    public ExternalClient(Path directory, Map<String, String> environment) {
        this.directory = directory;
        this.environment = environment;
    }

    /** The names under which all scripts find their target. */
    static Map<String, String> environmentOf(OfficialTarget target, String certificateVariable) {
        return Map.of(
                "CHAT_ENDPOINT",
                target.chatEndpoint(),
                "COMMUNICATION_CONNECTION_STRING",
                target.connectionString(),
                certificateVariable,
                target.certificateAuthority().toAbsolutePath().toString());
    }

    /** Skips the test with this reason when something is missing; in CI, where {@code .ci/run} installs all, it fails. */
    public static void require(boolean present, String reason) {
        if ("true".equals(System.getenv("CI"))) {
            assertThat(present).as(reason).isTrue();
        }
        Assumptions.assumeTrue(present, reason);
    }

    /** Runs to the end; every exit code but 0 fails with the whole output. */
    public String run(String... command) throws IOException, InterruptedException {
        Result result = execute(LIMIT, command);
        assertThat(result.exitCode())
                .as("%s%n%s", String.join(" ", command), result.output())
                .isZero();
        return result.output();
    }

    /** Whether the command can be run and ends with exit code 0. */
    public boolean works(String... command) throws InterruptedException {
        try {
            return execute(PROBE_LIMIT, command).exitCode() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Result execute(Duration limit, String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("official-client", ".log");
        try {
            ProcessBuilder builder = new ProcessBuilder(new ArrayList<>(List.of(command)))
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            String text = Files.readString(output);
            return ended
                    ? new Result(process.exitValue(), text)
                    : new Result(-1, text + System.lineSeparator() + "killed after " + limit);
        } finally {
            Files.delete(output);
        }
    }

    private record Result(int exitCode, String output) {}
}
