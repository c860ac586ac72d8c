package dev.chatgateway.cli;

import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.GatewayConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Checks the health of the gateway on this machine, for container images without a shell or curl. Uses the JDK's oldest
 * HTTP client, which loads fastest: each HEALTHCHECK of an image starts a new JVM.
 */
@Command(
        name = "health",
        description =
                "Ask the management port of the gateway with this configuration whether it is ready: exit 0 if so,"
                        + " else 1, within 2 s.",
        mixinStandardHelpOptions = true)
public final class HealthCommand implements Callable<Integer> {
    private static final int LIMIT_MS = 2_000;

    /** Bytes of a response that are read. The gateway's own responses are shorter. */
    private static final int MAX_BYTES = 4_096;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "The gateway's YAML file.")
    private @Nullable Path file;

    @Option(names = "--live", description = "Ask only whether its event loops answer.")
    private boolean live;

    /** The response of the gateway. */
    private record Response(int status, String text) {}

    @Override
    public Integer call() throws InterruptedException {
        try {
            GatewayConfig config =
                    new ConfigLoader().load(Optional.ofNullable(file)).config();
            if (config.management().port() == 0) {
                return fail("management.port: 0 (expected: 1 to 65535, to be found by others)");
            }
            return check(address(config, live ? "/livez" : "/readyz"));
        } catch (ConfigException e) {
            return fail(String.join("; ", e.explained()));
        }
    }

    private static URI address(GatewayConfig config, String path) {
        String host = config.management().host();
        String target =
                switch (host) {
                    case "0.0.0.0" -> "127.0.0.1";
                    case "::" -> "[::1]";
                    default -> host.indexOf(':') >= 0 ? "[" + host + "]" : host;
                };
        return URI.create("http://" + target + ":" + config.management().port() + path);
    }

    /**
     * Makes the request on a thread of its own, as the client's timeouts limit only single reads, not the whole
     * request.
     */
    private int check(URI address) throws InterruptedException {
        FutureTask<Response> request = new FutureTask<>(() -> get(address));
        Thread thread = new Thread(request, "health");
        thread.setDaemon(true);
        thread.start();
        try {
            Response response = request.get(LIMIT_MS, TimeUnit.MILLISECONDS);
            return response.status == HttpURLConnection.HTTP_OK
                    ? succeed(address + ": ok")
                    : fail(address + ": " + response.status + " " + response.text);
        } catch (TimeoutException e) {
            return fail(address + ": no answer within " + LIMIT_MS + " ms");
        } catch (ExecutionException e) {
            return fail(address + ": " + Objects.requireNonNull(e.getCause()).getMessage());
        }
    }

    private static Response get(URI address) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(LIMIT_MS);
        connection.setReadTimeout(LIMIT_MS);
        connection.setInstanceFollowRedirects(false);
        int status = connection.getResponseCode();
        InputStream body =
                status < HttpURLConnection.HTTP_BAD_REQUEST ? connection.getInputStream() : connection.getErrorStream();
        String text = body == null ? "" : new String(body.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
        return new Response(status, text.strip().replaceAll("\\s+", " "));
    }

    private int succeed(String line) {
        CommandSpec command = Objects.requireNonNull(spec, "spec");
        command.commandLine().getOut().println(line);
        command.commandLine().getOut().flush();
        return 0;
    }

    private int fail(String line) {
        CommandSpec command = Objects.requireNonNull(spec, "spec");
        command.commandLine().getErr().println("chat-gateway: " + line);
        command.commandLine().getErr().flush();
        return 1;
    }
}
