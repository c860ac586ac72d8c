package dev.chatgateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command {@code health}, as the HEALTHCHECK of an image runs it. */
class HealthCommandIT {
    @RegisterExtension
    static final GatewayExtension GATEWAY = new GatewayExtension();

    /** A gateway that is not ready: its service never answers. */
    @RegisterExtension
    static final GatewayExtension ALONE = new GatewayExtension()
            .with("upstream.endpoint", "http://127.0.0.1:1")
            .with("embedded.enabled", "false");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private int health(String host, int port, String... flags) throws IOException {
        Path file = Files.writeString(
                directory.resolve("gateway.yaml"), "management:\n  host: \"" + host + "\"\n  port: " + port + "\n");
        CommandLine line = new CommandLine(new HealthCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true));
        String[] arguments = new String[flags.length + 2];
        System.arraycopy(flags, 0, arguments, 2, flags.length);
        arguments[0] = "--config";
        arguments[1] = file.toString();
        return line.execute(arguments);
    }

    private static int port(GatewayExtension gateway) {
        return gateway.endpoints().management().getPort();
    }

    @Test
    void ready_gateway_is_healthy() {
        Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> health("0.0.0.0", port(GATEWAY)) == 0);
        assertThat(out.toString().lines()).containsExactly("http://127.0.0.1:" + port(GATEWAY) + "/readyz: ok");
    }

    @Test
    void live_gateway_that_is_not_ready_is_unhealthy() throws IOException {
        assertThat(health("127.0.0.1", port(ALONE))).isEqualTo(1);
        assertThat(err.toString().lines()).singleElement().asString().contains("/readyz: 503", "serviceAnswered");
        assertThat(health("127.0.0.1", port(ALONE), "--live")).isZero();
        assertThat(out.toString().lines()).singleElement().asString().endsWith("/livez: ok");
    }

    @Test
    void refused_connection_prints_one_line() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        assertThat(health("127.0.0.1", port)).isEqualTo(1);
        assertThat(err.toString().lines()).singleElement().asString().contains("127.0.0.1:" + port, "refused");
    }

    @Test
    void gateway_without_a_response_times_out() throws IOException {
        // The operating system accepts connections, but nothing responds.
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            assertThat(health("127.0.0.1", silent.getLocalPort())).isEqualTo(1);
        }
        assertThat(err.toString().lines()).singleElement().asString().containsIgnoringCase("/readyz: ");
    }

    @Test
    void random_management_port_is_refused() throws IOException {
        assertThat(health("127.0.0.1", 0)).isEqualTo(1);
        assertThat(err.toString().strip())
                .isEqualTo("chat-gateway: management.port: 0 (expected: 1 to 65535, to be found by others)");
    }
}
