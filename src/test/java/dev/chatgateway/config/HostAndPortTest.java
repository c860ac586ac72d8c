package dev.chatgateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostAndPortTest {
    @ParameterizedTest
    @CsvSource({
        "localhost, localhost",
        "Chat.Example.COM:8443, chat.example.com:8443",
        "acs_emulator:9443, acs_emulator:9443",
        "_chat._tcp.example, _chat._tcp.example",
        "3f2a91bc, 3f2a91bc",
        "1.2.3.4:80, 1.2.3.4:80",
        "[::1]:8443, [::1]:8443",
        "[2001:DB8::1], [2001:db8::1]",
        "a.example., a.example.",
        "b\u00fccher.example, xn--bcher-kva.example",
        "B\u00dcCHER.example:80, xn--bcher-kva.example:80",
        "\u4f8b\u3048.jp, xn--r8jz45g.jp",
        "xn--bcher-kva.example, xn--bcher-kva.example",
        "localhost:, localhost",
    })
    void host_has_one_canonical_form(String text, String spelled) {
        assertThat(HostAndPort.parse(text)).map(HostAndPort::toString).contains(spelled);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":80",
                "a b",
                "a/b",
                "user@a",
                "a:99999",
                "a:80:80",
                "a:8o",
                "::1",
                "[::1",
                "[::g]",
                "[a.example]",
                "a..b",
                ".a",
                "-a.example",
                "a-.example",
                "a%2eexample",
                "a\\b",
                "a\n",
                "999.1.1.1",
                "1.2.3",
                "4294967295",
                "1.2.3.4.",
                // Letters that turn into ASCII, the Kelvin sign and full-width ones, and dots of other alphabets.
                "\u212Aelvin.example",
                "\uff41.example",
                "a\u3002example",
                // Browsers and Java read them differently.
                "stra\u00dfe.example",
                "a\u200db.example",
            })
    void text_without_a_host_is_rejected(String text) {
        assertThat(HostAndPort.parse(text)).isEmpty();
    }

    @Test
    void header_is_read_as_utf_8() {
        String name = "b\u00fccher.example:8443";
        String header = new String(name.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertThat(HostAndPort.sent(header)).contains(new HostAndPort("xn--bcher-kva.example", 8443));
        assertThat(HostAndPort.sent(name)).isEmpty();
    }

    @Test
    void labels_and_names_have_a_maximum_length() {
        String label = "a".repeat(63);
        assertThat(HostAndPort.parse(label)).isPresent();
        assertThat(HostAndPort.parse(label + "a")).isEmpty();
        assertThat(HostAndPort.parse(String.join(".", label, label, label, label)))
                .isEmpty();
    }
}
