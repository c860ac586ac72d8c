package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.chatgateway.config.ConfigLoader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortInUseIT {
    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"http.port", "https.port", "management.port", "embedded.port", "embedded.httpPort"})
    void port_in_use_is_reported_with_key_and_variable(String key) throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            Map<String, String> environment = new HashMap<>();
            for (String port : new String[] {"http.port", "https.port", "management.port", "embedded.port"}) {
                environment.put(variable(port), "0");
            }
            environment.put(variable("data.directory"), directory.toString());
            environment.put(variable(key), Integer.toString(taken.getLocalPort()));
            Gateway gateway = new Gateway(
                    new ConfigLoader().load(Optional.empty(), environment).config());

            Throwable failure = catchThrowable(() ->
                    gateway.start().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS));
            gateway.stop().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);

            assertThat(StartFailure.line(failure.getCause()))
                    .isEqualTo(key + " (" + variable(key) + "): 127.0.0.1:" + taken.getLocalPort()
                            + " is in use (expected: a free port, or 0 for any)");
        }
    }

    private static String variable(String key) {
        return "CHATGATEWAY_" + key.replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
