package dev.chatgateway;

import dev.chatgateway.bench.BenchCommand;
import dev.chatgateway.cli.HealthCommand;
import dev.chatgateway.cli.PlanCommand;
import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command line: options, configuration, start, and an orderly shutdown on SIGTERM. */
@Command(
        name = "chat-gateway",
        description = "WebSocket gateway and fan-out proxy for Azure Communication Services Chat.",
        mixinStandardHelpOptions = true,
        subcommands = {PlanCommand.class, BenchCommand.class, HealthCommand.class, WarmUpCommand.class},
        versionProvider = Main.Version.class)
public final class Main implements Callable<Integer> {
    private static final int START_LIMIT_SECONDS = 60;

    @Option(names = "--config", paramLabel = "FILE", description = "YAML file; see conf/gateway.yaml for all keys.")
    private @Nullable Path file;

    @Option(names = "--check-config", description = "Report everything that is wrong with the configuration, and end.")
    private boolean check;

    @Option(names = "--print-config", description = "Print the configuration in force, secrets hidden, and end.")
    private boolean print;

    private Main() {}

    /** Runs the gateway until SIGTERM. Exit status: 0 after SIGTERM, 1 if it can't start. */
    public static void main(String[] args) {
        // Key stores exist in memory only, built from the TLS key and certificate; protecting each of them would add
        // 0.2 s to the start.
        System.setProperty("keystore.pkcs12.keyPbeIterationCount", "1");
        LoggingSetup.quiet();
        // Without arguments the parser is not loaded, which saves a tenth of a second.
        int status = args.length == 0 ? start() : parse(args);
        if (status >= 0) {
            System.exit(status);
        }
    }

    private static int start() {
        try {
            return new Main().call();
        } catch (Exception problem) {
            return failed(problem);
        }
    }

    private static int parse(String... args) {
        return new CommandLine(new Main())
                .setParameterExceptionHandler((problem, given) -> misspelled(problem))
                .setExecutionExceptionHandler((problem, line, result) -> failed(problem))
                .execute(args);
    }

    private static int misspelled(CommandLine.ParameterException problem) {
        List<String> meant = problem instanceof CommandLine.UnmatchedArgumentException unmatched
                ? unmatched.getSuggestions()
                : List.of();
        String hint = meant.isEmpty() ? "" : "; did you mean " + String.join(" or ", meant) + "?";
        System.err.println("chat-gateway: " + problem.getMessage() + hint);
        return 1;
    }

    private static int failed(Exception problem) {
        System.err.println("chat-gateway: " + problem.getMessage());
        return 1;
    }

    /** Negative while the gateway runs. */
    @Override
    public Integer call() throws Exception {
        ConfigLoader.Loaded loaded;
        try {
            loaded = new ConfigLoader().load(Optional.ofNullable(file));
        } catch (ConfigException e) {
            e.explained().forEach(System.err::println);
            return 1;
        }
        retired(loaded).forEach(System.err::println);
        if (check) {
            return checked(loaded);
        }
        if (print) {
            System.out.print(loaded.printed());
            return 0;
        }
        return run(loaded, Optional.ofNullable(file));
    }

    /** Warnings for keys that are set and have no effect any more, each with the place where it is set. */
    static List<String> retired(ConfigLoader.Loaded loaded) {
        return loaded.retired().stream()
                .map(key -> key + ": has no effect any more (expected: not set; accepted until 1.0)")
                .map(loaded.explain())
                .toList();
    }

    private static int checked(ConfigLoader.Loaded loaded) {
        List<String> problems = StartChecks.problems(loaded.config());
        problems.forEach(problem -> System.err.println(loaded.explain().apply(problem)));
        if (!problems.isEmpty()) {
            return 1;
        }
        loaded.warnings().forEach(warning -> System.err.println("warning: " + warning));
        System.out.println("configuration: ok");
        return 0;
    }

    private static int run(ConfigLoader.Loaded loaded, Optional<Path> file)
            throws InterruptedException, TimeoutException {
        GatewayConfig config = loaded.config();
        LoggingSetup.apply(config.logging());
        loaded.warnings().forEach(LoggerFactory.getLogger(Main.class)::warn);
        Gateway gateway = new Gateway(config);
        try {
            Gateway.Endpoints endpoints = gateway.start()
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(START_LIMIT_SECONDS, TimeUnit.SECONDS);
            endWithSignal(gateway, config.process().drainSeconds());
            announce(endpoints);
            file.ifPresent(gateway::follow);
            SighupHandler.handle(gateway::reload);
            return -1;
        } catch (ExecutionException e) {
            System.err.println("chat-gateway: " + StartFailure.line(e.getCause()));
            return 1;
        }
    }

    /** The JVM would exit with 143 after its shutdown hooks; an orderly shutdown exits with 0. */
    private static void endWithSignal(Gateway gateway, int limitSeconds) {
        Thread hook = new Thread(
                () -> {
                    int status = 0;
                    try {
                        gateway.stop().toCompletionStage().toCompletableFuture().get(limitSeconds, TimeUnit.SECONDS);
                    } catch (ExecutionException | TimeoutException | InterruptedException e) {
                        System.err.println("chat-gateway: did not end in order: " + e);
                        status = 1;
                    }
                    Runtime.getRuntime().halt(status);
                },
                "chat-gateway-end");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private static void announce(Gateway.Endpoints endpoints) {
        Logger log = LoggerFactory.getLogger(Main.class);
        boolean plain = !endpoints.http().equals(endpoints.https());
        log.info("page                {}", plain ? endpoints.http() + " and " + endpoints.https() : endpoints.https());
        log.info("WebSocket           {}", endpoints.webSocket());
        log.info("management          {}", endpoints.management());
        endpoints.embedded().ifPresent(embedded -> {
            log.info("embedded service    {}", embedded.endpoint());
            log.info("connection string   {}", embedded.connectionString());
        });
        log.info("development CA      {} and {} (password changeit)", endpoints.caPem(), endpoints.caStore());
    }

    /** The version of the build. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            Properties properties = new Properties();
            try (InputStream in =
                    Objects.requireNonNull(Main.class.getResourceAsStream("/version.properties"), "version")) {
                properties.load(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new String[] {"chat-gateway " + properties.getProperty("version")};
        }
    }
}
