package dev.chatgateway.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the suite's users said and signed in with, kept in a file beside the suite's log for {@code SuiteLogsIT}, which
 * looks for the one in the other. Any thread.
 */
public final class UsedSecrets {
    /** Where {@code logback-test.xml} writes, too. */
    public static final Path DIRECTORY = Path.of("target/suite-logs");

    /** Shorter ones are found in innocent words. */
    private static final int LEAST = 10;

    private static final Set<String> NOTED = ConcurrentHashMap.newKeySet();
    private static final Path FILE = DIRECTORY.resolve(ProcessHandle.current().pid() + ".secrets");

    private UsedSecrets() {}

    /** Notes a token, a ticket or the text of a message; null and short ones are left out. */
    public static void note(String secret) {
        if (secret == null || secret.length() < LEAST || !NOTED.add(secret)) {
            return;
        }
        try {
            synchronized (NOTED) {
                Files.createDirectories(DIRECTORY);
                Files.writeString(
                        FILE,
                        secret.lines().findFirst().orElse(secret) + "\n",
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
