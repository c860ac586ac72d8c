package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** A process that runs a code block of README.md, and the lines that it has printed. */
final class ReadmeExample implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();

    private ReadmeExample(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "readme-example");
        reader.setDaemon(true);
        reader.start();
    }

    /** The code blocks of a section, in one language. */
    static List<String> blocks(String heading, String language) throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        int from = readme.indexOf("\n## " + heading + "\n") + 1;
        int to = readme.indexOf("\n## ", from);
        return Pattern.compile("(?ms)^```" + language + "\n(.*?)^```$")
                .matcher(readme.substring(from, to))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    /** Starts a program whose last argument is the code. */
    static ReadmeExample start(Path directory, Map<String, String> environment, String code, String... program)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(program));
        command.add(code);
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new ReadmeExample(builder.start());
    }

    private void read() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            // The process was ended.
        }
    }

    /** The lines so far. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    /** Waits for a line that contains the text. */
    void await(String text) {
        Awaitility.await(text).atMost(LIMIT).pollInterval(Duration.ofMillis(20)).untilAsserted(() -> assertThat(lines)
                .anyMatch(line -> line.contains(text)));
    }

    /** Waits for the end of the process. */
    int exitCode() {
        return process.onExit()
                .orTimeout(LIMIT.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)
                .join()
                .exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException(e));
        }
    }
}
