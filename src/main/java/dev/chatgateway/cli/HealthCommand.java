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
 * Asks the gateway of this machine how it is, for images that have neither shell nor curl. With the JDK's oldest HTTP
 * client, which is the quickest to load: an image's HEALTHCHECK starts a JVM for it every time.
 */
@Command(
        name = "health",
        description =
                "Ask the management port of the gateway with this configuration whether it is ready: exit 0 if so,"
                        + " else 1, within 2 s.",
        mixinStandardHelpOptions = true)
public final class HealthCommand implements Callable<Integer> {
    private static final int LIMIT_MS = 2_000;

    /** Of an answer; a gateway's own are shorter. */
    private static final int MOST_BYTES = 4_096;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--config", paramLabel = "FILE", description = "The gateway's YAML file.")
    private @Nullable Path file;

    @Option(names = "--live", description = "Ask only whether its event loops answer.")
    private boolean live;

    /** What the gateway said. */
    private record Answer(int status, String text) {}

    @Override
    public Integer call() throws InterruptedException {
        try {
            GatewayConfig config =
                    new ConfigLoader().load(Optional.ofNullable(file)).config();
            if (config.management().port() == 0) {
                return unwell("management.port: 0 (expected: 1 to 65535, to be found by others)");
            }
            return ask(address(config, live ? "/livez" : "/readyz"));
        } catch (ConfigException e) {
            return unwell(String.join("; ", e.explained()));
        }
    }

    private static URI address(GatewayConfig config, String path) {
        String host = config.management().host();
        String reached =
                switch (host) {
                    case "0.0.0.0" -> "127.0.0.1";
                    case "::" -> "[::1]";
                    default -> host.indexOf(':') >= 0 ? "[" + host + "]" : host;
                };
        return URI.create("http://" + reached + ":" + config.management().port() + path);
    }

    /** The client's own limits are per step, so one that answers byte by byte would hold it up: the whole has a limit. */
    private int ask(URI address) throws InterruptedException {
        FutureTask<Answer> asking = new FutureTask<>(() -> get(address));
        Thread thread = new Thread(asking, "health");
        thread.setDaemon(true);
        thread.start();
        try {
            Answer answer = asking.get(LIMIT_MS, TimeUnit.MILLISECONDS);
            return answer.status == HttpURLConnection.HTTP_OK
                    ? well(address + ": ok")
                    : unwell(address + ": " + answer.status + " " + answer.text);
        } catch (TimeoutException late) {
            return unwell(address + ": no answer within " + LIMIT_MS + " ms");
        } catch (ExecutionException e) {
            return unwell(address + ": " + Objects.requireNonNull(e.getCause()).getMessage());
        }
    }

    private static Answer get(URI address) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection(Proxy.NO_PROXY);
        connection.setConnectTimeout(LIMIT_MS);
        connection.setReadTimeout(LIMIT_MS);
        connection.setInstanceFollowRedirects(false);
        int status = connection.getResponseCode();
        InputStream body =
                status < HttpURLConnection.HTTP_BAD_REQUEST ? connection.getInputStream() : connection.getErrorStream();
        String text = body == null ? "" : new String(body.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
        return new Answer(status, text.strip().replaceAll("\\s+", " "));
    }

    private int well(String line) {
        CommandSpec own = Objects.requireNonNull(spec, "spec");
        own.commandLine().getOut().println(line);
        own.commandLine().getOut().flush();
        return 0;
    }

    private int unwell(String line) {
        CommandSpec own = Objects.requireNonNull(spec, "spec");
        own.commandLine().getErr().println("chat-gateway: " + line);
        own.commandLine().getErr().flush();
        return 1;
    }
}
