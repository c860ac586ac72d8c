package dev.chatgateway.bench;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Puts load on a gateway and reports the result. Exit status 1 if a message was missing, duplicated or refused. */
@Command(
        name = "bench",
        description =
                "Load a gateway: many sockets, messages at a rate or as fast as it goes; deliveries, latency, cost.",
        mixinStandardHelpOptions = true)
public final class BenchCommand implements Callable<Integer> {
    private static final int MOST = 100_000;
    private static final int SETUP_SECONDS = 600;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--url",
            defaultValue = "ws://localhost:8080/ws",
            description = "The gateway's WebSocket (default: ${DEFAULT-VALUE}).")
    private String url = "";

    @Option(
            names = "--protocol",
            defaultValue = "own",
            description =
                    "own: sockets that subscribe to one thread each; sse: event streams of one thread each; signaling: sessions as the official client libraries hold them, each with all threads (default: ${DEFAULT-VALUE}).")
    private String protocol = "";

    @Option(
            names = "--ingest",
            paramLabel = "URL",
            description =
                    "Management port of a gateway with management.ingest: true, to publish past the chat service. Without it messages are sent as a client sends them.")
    private @Nullable String ingest;

    @Option(names = "--connections", defaultValue = "1000", description = "Sockets (default: ${DEFAULT-VALUE}).")
    private int connections;

    @Option(
            names = "--slow",
            defaultValue = "0",
            description = "Sockets beside these that read nothing (default: ${DEFAULT-VALUE}).")
    private int slow;

    @Option(names = "--threads", defaultValue = "1", description = "Threads (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(
            names = "--users",
            defaultValue = "20",
            description = "Users to make, all in all threads (default: ${DEFAULT-VALUE}).")
    private int users;

    @Option(names = "--tokens", paramLabel = "FILE", description = "Tokens to use instead, one a line.")
    private @Nullable Path tokens;

    @Option(names = "--thread-ids", paramLabel = "FILE", description = "Threads to use instead, one a line.")
    private @Nullable Path threadIds;

    @Option(
            names = "--rate",
            defaultValue = "0",
            description = "Messages a second; 0: as fast as it goes (default: ${DEFAULT-VALUE}).")
    private int rate;

    @Option(
            names = "--window",
            defaultValue = "32",
            description = "With rate 0: messages under way (default: ${DEFAULT-VALUE}).")
    private int window;

    @Option(
            names = "--size",
            defaultValue = "300",
            description = "Bytes of a message's text (default: ${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "5",
            description = "Seconds before counting (default: ${DEFAULT-VALUE}).")
    private int warmUp;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "10",
            description = "Seconds measured (default: ${DEFAULT-VALUE}).")
    private int seconds;

    @Option(names = "--ca", paramLabel = "FILE", description = "Authority of the gateway's certificate, for wss.")
    private @Nullable Path authority;

    @Option(names = "--pid", description = "The gateway's process on this machine: its CPU and memory are told.")
    private @Nullable Long pid;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result as JSON.")
    private @Nullable Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page with the curves.")
    private @Nullable Path html;

    @Override
    public Integer call() throws Exception {
        BenchOptions options = options();
        // One event loop: the clients need no locks, and the other cores are left to the gateway.
        Vertx vertx =
                Vertx.vertx(new VertxOptions().setPreferNativeTransport(true).setEventLoopPoolSize(1));
        try {
            Promise<BenchResult> result = Promise.promise();
            vertx.runOnContext(v -> run(vertx, options).onComplete(result));
            write(wait(result.future(), SETUP_SECONDS + options.warmUpSeconds() + options.seconds()));
            return result.future().result().whole() ? 0 : 1;
        } finally {
            wait(vertx.close(), SETUP_SECONDS);
        }
    }

    private static Future<BenchResult> run(Vertx vertx, BenchOptions options) {
        WebSocketClientOptions sockets = new WebSocketClientOptions().setMaxConnections(2 * MOST);
        HttpClientOptions web = new HttpClientOptions();
        NetClientOptions net =
                new NetClientOptions().setSsl(options.url().getScheme().equals("wss"));
        options.authority().ifPresent(file -> {
            sockets.setTrustOptions(new PemTrustOptions().addCertPath(file.toString()));
            web.setTrustOptions(new PemTrustOptions().addCertPath(file.toString()));
            net.setTrustOptions(new PemTrustOptions().addCertPath(file.toString()));
        });
        WebSocketClient client = vertx.createWebSocketClient(sockets);
        HttpClient pages = vertx.createHttpClient(web);
        NetClient streams = vertx.createNetClient(net.setHostnameVerificationAlgorithm("HTTPS"));
        // The explicit close keeps the clients reachable: Vert.x closes a client that is garbage collected, with its
        // connections.
        return Stage.set(vertx, client, pages, options)
                .recover(failure -> unreached("--url", options.url(), failure))
                .compose(stage -> outlet(client, options, stage).compose(outlet -> {
                    Crowd crowd = new Crowd(client, pages, streams, options, stage);
                    Optional<ServerCost> before = options.pid().flatMap(ServerCost::of);
                    long begun = System.nanoTime();
                    return crowd.gather()
                            .compose(clients -> {
                                double took = (System.nanoTime() - begun) / 1e9;
                                Future<Void> ready = options.protocol() == Protocol.SIGNALING
                                        ? new Probe(vertx, stage, outlet).run(clients)
                                        : Future.succeededFuture();
                                return ready.compose(done -> new Load(vertx, options, stage, crowd, outlet)
                                        .run(clients, took, growth(options, before, clients.size())));
                            })
                            .eventually(crowd::leave);
                }))
                .eventually(streams::close)
                .eventually(pages::close)
                .eventually(client::close);
    }

    /** How many bytes the gateway's memory has grown for each connection. */
    private static Optional<Double> growth(BenchOptions options, Optional<ServerCost> before, int connections) {
        return options.pid()
                .flatMap(ServerCost::of)
                .flatMap(after -> before.map(b -> (double) (after.pssBytes() - b.pssBytes()) / connections));
    }

    private static Future<Outlet> outlet(WebSocketClient client, BenchOptions options, Stage stage) {
        return options.ingest()
                .map(management -> Outlet.ingest(client, management)
                        .recover(failure -> unreached("--ingest", management, failure)))
                .orElseGet(() -> Outlet.sender(client, options, stage));
    }

    /** Names the option whose address can't be reached, if that is the reason. */
    private static <T> Future<T> unreached(String option, URI uri, Throwable failure) {
        boolean nobody = failure instanceof ConnectException
                || failure instanceof UnknownHostException
                || failure instanceof NoRouteToHostException;
        boolean refused = failure instanceof UpgradeRejectedException;
        String expected = option.equals("--ingest")
                ? "the management port of a gateway with management.ingest: true"
                : "a running gateway";
        return nobody || refused
                ? Future.failedFuture(new IOException(
                        option + ": " + uri + ": " + failure.getMessage() + " (expected: " + expected + ")", failure))
                : Future.failedFuture(failure);
    }

    private void write(BenchResult result) throws IOException {
        Report report = new Report(result);
        PrintWriter out = spec().commandLine().getOut();
        out.print(report.text());
        out.flush();
        if (json != null) {
            Files.writeString(json, report.json().encodePrettily());
        }
        if (html != null) {
            Files.writeString(html, report.html());
        }
    }

    private BenchOptions options() {
        check("--connections", connections, 1, MOST);
        check("--slow", slow, 0, MOST);
        check("--threads", threads, 1, MOST);
        check("--users", users, 1, 250);
        check("--rate", rate, 0, 1_000_000);
        check("--window", window, 1, MOST);
        check("--size", size, 1, 20_000);
        check("--warm-up", warmUp, 0, 3_600);
        check("--seconds", seconds, 1, 24 * 3_600);
        return new BenchOptions(
                protocol(),
                uri("--url", url, List.of("ws", "wss")),
                Optional.ofNullable(ingest).map(text -> uri("--ingest", text, List.of("http", "https"))),
                connections,
                slow,
                threads,
                users,
                Optional.ofNullable(tokens),
                Optional.ofNullable(threadIds),
                rate,
                window,
                size,
                warmUp,
                seconds,
                Optional.ofNullable(authority),
                Optional.ofNullable(pid));
    }

    private Protocol protocol() {
        return switch (protocol) {
            case "own" -> Protocol.OWN;
            case "sse" -> Protocol.STREAM;
            case "signaling" -> Protocol.SIGNALING;
            default -> throw refused("--protocol: " + protocol + " (expected: own, sse or signaling)");
        };
    }

    private URI uri(String option, String text, List<String> schemes) {
        try {
            URI uri = URI.create(text);
            if (uri.getHost() != null && schemes.contains(uri.getScheme())) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // Reported below, with the expected value.
        }
        throw refused(option + ": " + text + " (expected: " + String.join(" or ", schemes) + ", and a host)");
    }

    private void check(String option, int value, int min, int max) {
        if (value < min || value > max) {
            throw refused(option + ": " + value + " (expected: " + min + " to " + max + ")");
        }
    }

    private ParameterException refused(String message) {
        return new ParameterException(spec().commandLine(), message);
    }

    private CommandSpec spec() {
        if (spec == null) {
            throw new IllegalStateException("bench: not run by picocli");
        }
        return spec;
    }

    private static <T> T wait(Future<T> future, int limitSeconds) throws InterruptedException, TimeoutException {
        try {
            return future.toCompletionStage().toCompletableFuture().get(limitSeconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new IllegalStateException("bench: " + cause.getMessage(), cause);
        }
    }
}
