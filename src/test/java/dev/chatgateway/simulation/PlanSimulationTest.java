package dev.chatgateway.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.simulation.PlanSimulation.Options;
import dev.chatgateway.simulation.PlanSimulation.Report;
import dev.chatgateway.upstream.quota.RateWindows;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The poller, its rate limiter and the model service, an hour of virtual time in seconds. */
class PlanSimulationTest {
    @Test
    void five_hundred_threads_fit_the_windows_for_an_hour() throws Exception {
        Report report = run(500, 20, 2, 60);

        assertThat(report.throttled()).as("429s").isZero();
        assertThat(report.hotDelays().size() + report.otherDelays().size())
                .as("messages seen, each once")
                .isEqualTo((int) report.sent());
        assertThat(report.sent()).isGreaterThan(7_000);
        assertThat(Report.percentile(report.hotDelays(), 0.5)).isLessThan(700);
        assertThat(Report.percentile(report.hotDelays(), 0.99)).isLessThan(1_500);
        assertThat(Report.percentile(report.otherDelays(), 0.5)).isLessThan(4_000);
        assertThat(Report.percentile(report.otherDelays(), 0.99)).isLessThan(8_000);
        assertThat(report.calls().get("listThreads"))
                .as("one list for all, three pages each")
                .isBetween(1_500L, 3_000L);
        assertThat(report.totalCalls() / 60).as("calls a minute").isLessThan(7_500);
    }

    @Test
    void idle_threads_cost_few_calls_and_a_seed_repeats_its_result() throws Exception {
        Report report = run(200, 0, 1, 60);
        assertThat(report.throttled()).isZero();
        assertThat(run(200, 0, 1, 60).calls()).isEqualTo(report.calls());
        assertThat(report.otherDelays()).hasSize((int) report.sent());
    }

    private static Report run(int threads, int hot, int tokens, int minutes) throws Exception {
        GatewayConfig.Poll poll =
                new ConfigLoader().load(Optional.empty(), Map.of()).config().poll();
        return new PlanSimulation(new Options(
                        poll, RateWindows.published(), threads, hot, tokens, minutes, 10_000, 1_800_000, 50, 7))
                .run();
    }
}
