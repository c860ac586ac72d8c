package dev.chatgateway.cli;

import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.simulation.PlanSimulation;
import dev.chatgateway.simulation.PlanSimulation.Options;
import dev.chatgateway.simulation.PlanSimulation.Report;
import dev.chatgateway.upstream.quota.RateWindows;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Predicts the calls of polling and the delays of events, with the real poller in virtual time. */
@Command(
        name = "plan",
        description = "Predict calls, lag and the limiting window: runs the poller and its rate limiter in virtual time"
                + " against a model of the chat service.",
        mixinStandardHelpOptions = true)
public final class PlanCommand implements Callable<Integer> {
    private static final int MAX_THREADS = 20_000;
    private static final int MAX_TOKENS = 250;
    private static final int MAX_MINUTES = 24 * 60;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file whose intervals and limits are used.")
    private @Nullable Path file;

    @Option(names = "--threads", defaultValue = "500", description = "Number of threads (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(
            names = "--hot",
            defaultValue = "20",
            description = "Threads with frequent messages (default: ${DEFAULT-VALUE}).")
    private int hot;

    @Option(
            names = "--tokens",
            defaultValue = "2",
            description = "Users, each subscribed to all threads (default: ${DEFAULT-VALUE}).")
    private int tokens;

    @Option(
            names = "--minutes",
            defaultValue = "60",
            description = "Duration in virtual time (default: ${DEFAULT-VALUE}).")
    private int minutes;

    @Option(
            names = "--hot-seconds",
            paramLabel = "S",
            defaultValue = "10",
            description = "Mean time between messages of a hot thread (default: ${DEFAULT-VALUE}).")
    private int hotSeconds;

    @Option(
            names = "--quiet-minutes",
            paramLabel = "M",
            defaultValue = "30",
            description = "Mean time between messages of any other thread (default: ${DEFAULT-VALUE}).")
    private int otherMinutes;

    @Option(
            names = "--latency",
            paramLabel = "MS",
            defaultValue = "50",
            description = "Latency of each call (default: ${DEFAULT-VALUE}).")
    private int latencyMs;

    @Option(
            names = "--seed",
            defaultValue = "1",
            description = "Seed of the random numbers (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public Integer call() throws Exception {
        check("--threads", threads, 1, MAX_THREADS);
        check("--hot", hot, 0, threads);
        check("--tokens", tokens, 1, MAX_TOKENS);
        check("--minutes", minutes, 1, MAX_MINUTES);
        check("--hot-seconds", hotSeconds, 1, 3_600);
        check("--quiet-minutes", otherMinutes, 1, MAX_MINUTES);
        check("--latency", latencyMs, 0, 60_000);
        GatewayConfig config;
        try {
            config = new ConfigLoader().load(Optional.ofNullable(file)).config();
        } catch (ConfigException e) {
            e.explained().forEach(System.err::println);
            return 1;
        }
        Options options = new Options(
                config.poll(),
                RateWindows.of(config.ledger()),
                threads,
                hot,
                tokens,
                minutes,
                hotSeconds * 1000L,
                otherMinutes * 60_000L,
                latencyMs,
                seed);
        PrintWriter out = spec().commandLine().getOut();
        print(new PlanSimulation(options).run(), out);
        out.flush();
        return 0;
    }

    private CommandSpec spec() {
        if (spec == null) {
            throw new IllegalStateException("plan: not run by picocli");
        }
        return spec;
    }

    private void check(String option, int value, int min, int max) {
        if (value < min || value > max) {
            throw new ParameterException(
                    spec().commandLine(), option + ": " + value + " (expected: " + min + " to " + max + ")");
        }
    }

    private void print(Report report, PrintWriter out) {
        line(
                out,
                "%d threads (%d hot), %d users, %d minutes, %d messages past the gateway",
                threads,
                hot,
                tokens,
                minutes,
                report.sent());
        line(out, "calls/min        %8.0f", (double) report.totalCalls() / minutes);
        report.calls().forEach((operation, calls) -> line(out, "  %-14s %8.0f", operation, (double) calls / minutes));
        printDelays(out, "lag, hot", report.hotDelays());
        printDelays(out, "lag, others", report.otherDelays());
        line(out, "429s             %8d", report.throttled());
        line(
                out,
                "not seen         %8d",
                report.sent() - report.hotDelays().size() - report.otherDelays().size());
        Optional<Map.Entry<String, Long>> limiting =
                report.refusals().entrySet().stream().max(Map.Entry.comparingByValue());
        Optional<Map.Entry<String, Double>> fullest =
                report.peaks().entrySet().stream().max(Map.Entry.comparingByValue());
        fullest.ifPresent(
                f -> line(out, "fullest window   %s, %.0f %% used at its peak", f.getKey(), f.getValue() * 100));
        line(
                out,
                "limiting window  %s",
                limiting.map(h -> h.getKey() + ", " + h.getValue() + " polls put off")
                        .orElse("none"));
    }

    private static void printDelays(PrintWriter out, String name, List<Long> delays) {
        if (!delays.isEmpty()) {
            line(
                    out,
                    "%-12s p50 %8d ms, p99 %d ms, longest %d ms",
                    name,
                    Report.percentile(delays, 0.5),
                    Report.percentile(delays, 0.99),
                    Report.percentile(delays, 1));
        }
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
