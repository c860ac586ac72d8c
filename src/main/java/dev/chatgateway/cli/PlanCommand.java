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

/** Predicts what polling costs and how late events are, by running the poller itself in virtual time. */
@Command(
        name = "plan",
        description = "Predict calls, lag and the limiting window, by running the poller and its ledger in virtual time"
                + " against a model of the chat service.",
        mixinStandardHelpOptions = true)
public final class PlanCommand implements Callable<Integer> {
    private static final int MOST_THREADS = 20_000;
    private static final int MOST_TOKENS = 250;
    private static final int MOST_MINUTES = 24 * 60;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file whose intervals and limits are used.")
    private @Nullable Path file;

    @Option(names = "--threads", defaultValue = "500", description = "Threads watched (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(
            names = "--hot",
            defaultValue = "20",
            description = "Threads written to all the time (default: ${DEFAULT-VALUE}).")
    private int hot;

    @Option(
            names = "--tokens",
            defaultValue = "2",
            description = "Users connected, each watching all threads (default: ${DEFAULT-VALUE}).")
    private int tokens;

    @Option(names = "--minutes", defaultValue = "60", description = "Virtual time (default: ${DEFAULT-VALUE}).")
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
    private int quietMinutes;

    @Option(names = "--latency", paramLabel = "MS", defaultValue = "50", description = "Of each call (default: 50).")
    private int latencyMs;

    @Option(names = "--seed", defaultValue = "1", description = "Of all that is random (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public Integer call() throws Exception {
        check("--threads", threads, 1, MOST_THREADS);
        check("--hot", hot, 0, threads);
        check("--tokens", tokens, 1, MOST_TOKENS);
        check("--minutes", minutes, 1, MOST_MINUTES);
        check("--hot-seconds", hotSeconds, 1, 3_600);
        check("--quiet-minutes", quietMinutes, 1, MOST_MINUTES);
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
                quietMinutes * 60_000L,
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
        line(out, "calls/min        %8.0f", (double) report.total() / minutes);
        report.calls().forEach((operation, calls) -> line(out, "  %-14s %8.0f", operation, (double) calls / minutes));
        lag(out, "lag, hot", report.hotLags());
        lag(out, "lag, others", report.quietLags());
        line(out, "429s             %8d", report.throttled());
        line(
                out,
                "not seen         %8d",
                report.sent() - report.hotLags().size() - report.quietLags().size());
        Optional<Map.Entry<String, Long>> held =
                report.refusals().entrySet().stream().max(Map.Entry.comparingByValue());
        Optional<Map.Entry<String, Double>> fullest =
                report.peaks().entrySet().stream().max(Map.Entry.comparingByValue());
        fullest.ifPresent(
                f -> line(out, "fullest window   %s, %.0f %% used at its peak", f.getKey(), f.getValue() * 100));
        line(
                out,
                "limiting window  %s",
                held.map(h -> h.getKey() + ", " + h.getValue() + " polls put off")
                        .orElse("none"));
    }

    private static void lag(PrintWriter out, String name, List<Long> lags) {
        if (!lags.isEmpty()) {
            line(
                    out,
                    "%-12s p50 %8d ms, p99 %d ms, longest %d ms",
                    name,
                    Report.percentile(lags, 0.5),
                    Report.percentile(lags, 0.99),
                    Report.percentile(lags, 1));
        }
    }

    private static void line(PrintWriter out, String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
