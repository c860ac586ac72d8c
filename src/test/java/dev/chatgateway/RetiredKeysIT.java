package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.ConfigLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that have no effect any more are named with the place where they are set. */
class RetiredKeysIT {
    @TempDir
    Path directory;

    @Test
    void retired_key_is_named_with_file_and_line_or_variable() throws Exception {
        Path file = Files.writeString(directory.resolve("gateway.yaml"), "poll:\n  hotMs: 900\n  window: 200\n");
        ConfigLoader.Loaded loaded =
                new ConfigLoader().load(Optional.of(file), Map.of("CHATGATEWAY_POLL_SWEEPPAGES", "3"));
        assertThat(Main.retired(loaded))
                .anySatisfy(line -> assertThat(line).startsWith(file + ":3: poll.window: has no effect any more"))
                .anySatisfy(line -> assertThat(line)
                        .startsWith("CHATGATEWAY_POLL_SWEEPPAGES: poll.sweepPages: has no effect any more"));
    }
}
