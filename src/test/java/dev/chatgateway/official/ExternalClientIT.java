package dev.chatgateway.official;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That the proof in other languages can fail. */
class ExternalClientIT {
    private final ExternalClient shell = new ExternalClient(Path.of("src/test"), Map.of("GREETING", "ahoy"));

    @Test
    void a_process_sees_its_environment_and_directory() throws IOException, InterruptedException {
        assertThat(shell.run("sh", "-c", "echo $GREETING; ls")).contains("ahoy", "java");
    }

    @Test
    void a_failure_shows_what_the_process_wrote() {
        assertThatThrownBy(() -> shell.run("sh", "-c", "echo out; echo err >&2; exit 3"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll("out", "err", "3");
    }

    @Test
    void a_command_that_is_missing_or_fails_does_not_work() throws InterruptedException {
        assertThat(shell.works("sh", "-c", "exit 0")).isTrue();
        assertThat(shell.works("sh", "-c", "exit 1")).isFalse();
        assertThat(shell.works("no-such-command")).isFalse();
    }
}
