package dev.chatgateway.config;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No two listeners of a node have one port on one host. */
class PortChecksTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "HTTP_PORT=8081 | management.port: 8081 | http.port",
                "HTTPS_PORT=8080 | https.port: 8080 | http.port",
                "MANAGEMENT_PORT=8443 | management.port: 8443 | https.port",
                "EMBEDDED_PORT=8080 | embedded.port: 8080 | http.port",
                "EMBEDDED_HTTPPORT=9443 | embedded.httpPort: 9443 | embedded.port",
                "EMBEDDED_HTTPPORT=8081 | embedded.httpPort: 8081 | management.port",
                "HTTP_PORT=8081 HTTP_HOST=0.0.0.0 | management.port: 8081 | http.port",
                "HTTP_PORT=8081 MANAGEMENT_HOST=:: | management.port: 8081 | http.port",
                "HTTP_PORT=8081 HTTP_HOST=localhost | management.port: 8081 | http.port",
            })
    void two_listeners_on_one_port_are_refused(String environment, String value, String other) {
        assertThatThrownBy(() -> load(environment))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(value + " (expected: another port than that of " + other);
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP_PORT=0 HTTPS_PORT=0 MANAGEMENT_PORT=0 EMBEDDED_PORT=0 EMBEDDED_HTTPPORT=0",
        "HTTP_PORT=8081 MANAGEMENT_HOST=127.0.0.2",
        "HTTP_PORT=8081 HTTP_ENABLED=false",
        "HTTP_PORT=9443 UPSTREAM_ENDPOINT=https://chat.example",
        "HTTP_PORT=5701",
    })
    void distinct_ports_are_accepted(String environment) {
        assertThatCode(() -> load(environment)).doesNotThrowAnyException();
    }

    private static void load(String environment) throws ConfigException {
        Map<String, String> variables = new HashMap<>();
        for (String variable : environment.strip().split(" ", -1)) {
            String[] parts = variable.split("=", 2);
            variables.put("CHATGATEWAY_" + parts[0], parts[1]);
        }
        new ConfigLoader().load(Optional.empty(), variables);
    }
}
