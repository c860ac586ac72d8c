package dev.chatgateway.upstream.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UpstreamOptionsTest {
    @ParameterizedTest
    @CsvSource({
        "http://acs_emulator:9443, acs_emulator, 9443, false, ''",
        "http://3f2a91bc, 3f2a91bc, 80, false, ''",
        "https://a.example/, a.example, 443, true, ''",
        "https://[::1]:8443/base/, ::1, 8443, true, /base",
    })
    void endpoint_is_taken_apart(String endpoint, String host, int port, boolean secure, String path) {
        UpstreamOptions options = options(endpoint);
        assertThat(options.host()).isEqualTo(host);
        assertThat(options.port()).isEqualTo(port);
        assertThat(options.secure()).isEqualTo(secure);
        assertThat(options.basePath()).isEqualTo(path);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://a.example", "a.example", "https:a", "http://user@a.example", "http://a.example:x"})
    void invalid_endpoint_is_refused(String endpoint) {
        assertThatThrownBy(() -> options(endpoint))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("upstream.endpoint: " + endpoint);
    }

    private static UpstreamOptions options(String endpoint) {
        return new UpstreamOptions(
                URI.create(endpoint), "v", TrustedAuthorities.only(Path.of("ca.pem")), 1, 1, 1, 1, 1);
    }
}
