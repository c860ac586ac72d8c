package dev.chatgateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.embedded.operations.LiveChannel.Location;
import dev.chatgateway.embedded.operations.LiveChannel.NotServed;
import dev.chatgateway.embedded.operations.LiveChannel.Served;
import dev.chatgateway.embedded.operations.LiveChannel.Starting;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddedSignalingTest {
    private static final List<Integer> PORTS = List.of(8080, 8443);

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, https://localhost:9443, https://localhost:8443",
        "127.0.0.1, https://127.0.0.1:9443, https://127.0.0.1:8443",
        "::, https://[::1]:9443, https://[::1]:8443",
        "0.0.0.0, https://acs_emulator:9443, https://acs_emulator:8443",
        "0.0.0.0, https://chat.example, https://chat.example:8443",
        "127.0.0.1, http://localhost:9080, http://localhost:8080",
        // Another interface than that of the embedded service.
        "192.0.2.1, https://localhost:9443, https://192.0.2.1:8443",
        "2001:db8::1, https://localhost:9443, https://[2001:db8::1]:8443",
    })
    void own_gateway_is_named_under_the_host_of_the_request(String host, String base, String origin) throws Exception {
        assertThat(locate(Map.of("CHATGATEWAY_HTTP_HOST", host), base)).isEqualTo(served(origin));
    }

    @Test
    void gateway_without_a_plain_listener_is_named_by_tls() throws Exception {
        EmbeddedSignaling signaling = signaling(Map.of("CHATGATEWAY_HTTP_ENABLED", "false"));
        signaling.opened(List.of(8443), null, null);
        assertThat(signaling.locate("http://localhost:9080")).isEqualTo(served("https://localhost:8443"));
    }

    @Test
    void public_endpoint_of_the_gateway_comes_first() throws Exception {
        assertThat(locate(Map.of("CHATGATEWAY_HTTP_PUBLICENDPOINT", "https://chat.example/"), "https://localhost:9443"))
                .isEqualTo(served("https://chat.example"));
    }

    @Test
    void configured_gateway_is_named_as_it_is() throws Exception {
        Map<String, String> environment = Map.of(
                "CHATGATEWAY_EMBEDDED_SIGNALINGENDPOINT", "https://other.example:8443/",
                "CHATGATEWAY_SIGNALING_ENABLED", "false");
        assertThat(locate(environment, "https://localhost:9443")).isEqualTo(served("https://other.example:8443"));
    }

    @ParameterizedTest
    @CsvSource({
        "CHATGATEWAY_EMBEDDED_SIGNALINGENDPOINT, off",
        "CHATGATEWAY_SIGNALING_ENABLED, false",
        // Another service than this one: its gateway would refuse the tokens of this one.
        "CHATGATEWAY_UPSTREAM_ENDPOINT, https://resource.example",
    })
    void nothing_is_named_where_nothing_would_serve(String variable, String value) throws Exception {
        Map<String, String> environment = Map.of(variable, value, "CHATGATEWAY_EMBEDDED_ENABLED", "true");
        assertThat(locate(environment, "https://localhost:9443")).isEqualTo(new NotServed());
    }

    @Test
    void listeners_that_are_not_open_yet_are_waited_for() throws Exception {
        assertThat(signaling(Map.of()).locate("https://localhost:9443")).isEqualTo(new Starting());
    }

    private static Location locate(Map<String, String> environment, String base) throws Exception {
        EmbeddedSignaling signaling = signaling(environment);
        signaling.opened(PORTS, null, null);
        return signaling.locate(base);
    }

    private static EmbeddedSignaling signaling(Map<String, String> environment) throws IOException, ConfigException {
        return new EmbeddedSignaling(
                new ConfigLoader().load(Optional.empty(), environment).config(), Clock.systemUTC());
    }

    private static Served served(String origin) {
        return new Served(origin + "/signaling/trouter", origin + "/signaling/registrar", "public");
    }
}
