package dev.chatgateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PublicOriginTest {
    private static final PublicOrigin.Resolver BEHIND_PROXY =
            new PublicOrigin.Resolver(Optional.empty(), TrustedProxies.of(List.of("10.0.0.0/8")));

    @ParameterizedTest
    @CsvSource({
        "http://localhost:8080, http://localhost:8080",
        "HTTP://LocalHost:80, http://localhost",
        "https://chat.example.com:443/, https://chat.example.com",
        "https://[::1]:8443, https://[::1]:8443",
        "http://acs_emulator:9443, http://acs_emulator:9443",
        "https://b\u00fccher.example, https://xn--bcher-kva.example",
    })
    void origin_has_one_canonical_form(String text, String spelled) {
        assertThat(PublicOrigin.parse(text)).map(PublicOrigin::toString).contains(spelled);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "",
                "ftp://localhost",
                "http://",
                "http://a b",
                "http://user@localhost",
                "http://localhost/x",
                "http://localhost:99999",
                "http://localhost?x",
                "http://localhost#x",
                "http://localhost:8080:1",
                // The Kelvin sign, which lower case turns into a k.
                "https://\u212Aelvin.example",
                "https://a.example\\@b.example",
                "https://a%2eexample",
                "wss://chat.example.com",
                "http://localhost\n",
            })
    void text_without_an_origin_is_rejected(String text) {
        assertThat(PublicOrigin.parse(text)).isEmpty();
    }

    @Test
    void forwarded_headers_count_from_a_trusted_proxy_only() {
        assertThat(BEHIND_PROXY.resolve(
                        "10.0.0.1", false, "inner:8080", new Forwarded(null, "https", "chat.example.com")))
                .contains(new PublicOrigin("https", "chat.example.com"));
        assertThat(BEHIND_PROXY.resolve(
                        "192.0.2.1", false, "inner:8080", new Forwarded(null, "https", "chat.example.com")))
                .contains(new PublicOrigin("http", "inner:8080"));
        assertThat(BEHIND_PROXY.resolve("10.0.0.1", true, "inner:8443", new Forwarded(null, null, null)))
                .contains(new PublicOrigin("https", "inner:8443"));
    }

    /** Some proxies name the scheme of the WebSocket that they pass on. */
    @Test
    void forwarded_scheme_of_a_web_socket_is_that_of_http() {
        Forwarded forwarded = new Forwarded(null, "wss", "my_host:8443");
        assertThat(BEHIND_PROXY.resolve("10.0.0.1", false, "inner", forwarded))
                .contains(new PublicOrigin("https", "my_host:8443"));
        assertThat(BEHIND_PROXY.secure("10.0.0.1", false, forwarded)).isTrue();
        assertThat(BEHIND_PROXY.secure("10.0.0.1", true, new Forwarded(null, "ws", null)))
                .isFalse();
    }

    @Test
    void host_in_another_alphabet_is_read_as_utf_8() {
        Forwarded none = new Forwarded(null, null, null);
        // As HTTP hands the bytes of UTF-8 on.
        assertThat(BEHIND_PROXY.resolve("192.0.2.1", true, "b\u00c3\u00bccher.example", none))
                .contains(new PublicOrigin("https", "xn--bcher-kva.example"));
        assertThat(PublicOrigin.sent("https://b\u00c3\u00bccher.example"))
                .contains(new PublicOrigin("https", "xn--bcher-kva.example"));
    }

    @Test
    void header_of_the_client_does_not_count_behind_a_proxy() {
        assertThat(BEHIND_PROXY.resolve(
                        "10.0.0.1",
                        false,
                        "inner",
                        new Forwarded(null, "evil, https", "evil.example, chat.example.com")))
                .contains(new PublicOrigin("https", "chat.example.com"));
    }

    @Test
    void line_of_the_proxy_counts_before_that_of_the_client() {
        Map<String, List<String>> lines = Map.of("X-Forwarded-For", List.of("198.51.100.9", "203.0.113.7"));
        Forwarded forwarded = Forwarded.of(name -> lines.getOrDefault(name, List.of()));
        assertThat(BEHIND_PROXY.proxies().clientAddress("10.0.0.1", forwarded.client()))
                .isEqualTo("203.0.113.7");
        assertThat(forwarded.proto()).isNull();
    }

    @Test
    void configured_endpoint_has_precedence() {
        PublicOrigin.Resolver resolver =
                new PublicOrigin.Resolver(PublicOrigin.parse("https://chat.example.com"), TrustedProxies.none());
        assertThat(resolver.resolve("192.0.2.1", false, "other", new Forwarded(null, null, null)))
                .contains(new PublicOrigin("https", "chat.example.com"));
    }

    @Test
    void request_without_a_host_has_no_origin() {
        assertThat(BEHIND_PROXY.resolve("192.0.2.1", false, null, new Forwarded(null, null, null)))
                .isEmpty();
        assertThat(BEHIND_PROXY.resolve("192.0.2.1", false, "a/b", new Forwarded(null, null, null)))
                .isEmpty();
    }
}
