package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.UsedSecrets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads what the whole suite has logged, down to debug: no token, ticket or text of a message may be in it. */
class SuiteLogsIT {
    /** Any signed token, also those that the official clients fetched by themselves. */
    private static final Pattern TOKEN = Pattern.compile("eyJ[\\w-]{10,}\\.");

    @Test
    void no_token_and_no_message_is_in_the_logs_of_the_suite() throws IOException {
        Set<String> secrets = new TreeSet<>();
        for (Path file : files(".secrets")) {
            secrets.addAll(Files.readAllLines(file));
        }
        List<Path> logs = files(".log");
        assertThat(secrets).as("secrets that the tests used").hasSizeGreaterThan(200);
        assertThat(logs).isNotEmpty();

        List<String> found = new ArrayList<>();
        long bytes = 0;
        for (Path log : logs) {
            String text = Files.readString(log);
            bytes += text.length();
            if (TOKEN.matcher(text).find()) {
                found.add(log + ": a token");
            }
            secrets.stream()
                    .filter(text::contains)
                    .map(secret -> log + ": " + secret.substring(0, 10) + "...")
                    .forEach(found::add);
        }
        assertThat(bytes).as("what was logged").isGreaterThan(100_000);
        assertThat(found).isEmpty();
    }

    private static List<Path> files(String end) throws IOException {
        try (Stream<Path> all = Files.list(UsedSecrets.DIRECTORY)) {
            return all.filter(file -> file.toString().endsWith(end)).toList();
        }
    }
}
