package dev.chatgateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The command {@code plan}, as users run it. */
class PlanCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final CommandLine line =
            new CommandLine(new PlanCommand()).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));

    @Test
    void command_prints_calls_lag_and_the_limiting_window() {
        assertThat(line.execute("--threads", "30", "--hot", "3", "--tokens", "2", "--minutes", "10"))
                .isZero();
        assertThat(out.toString())
                .contains("30 threads (3 hot), 2 users, 10 minutes")
                .containsPattern("calls/min +[1-9]")
                .containsPattern("lag, hot +p50 +[1-9][0-9]* ms, p99 [1-9]")
                .containsPattern("429s +0\n")
                .containsPattern("not seen +0\n")
                .contains("limiting window  ");
    }

    @Test
    void impossible_options_are_refused() {
        assertThat(line.execute("--threads", "5", "--hot", "6")).isNotZero();
        assertThat(err.toString()).contains("--hot: 6 (expected: 0 to 5)");
    }
}
