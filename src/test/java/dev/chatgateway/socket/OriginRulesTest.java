package dev.chatgateway.socket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.testing.GatewayExtension;
import dev.chatgateway.testing.RawHttp1;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Origin checks of {@code /ws} and {@code /chat}, with spellings that have defeated such checks elsewhere. */
class OriginRulesTest {
    @RegisterExtension
    static final GatewayExtension GATEWAY =
            new GatewayExtension().with("http.origins", "https://good.example,https://xn--bcher-kva.example:8443");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://good.example",
                "https://good.example:443",
                "HTTPS://GOOD.EXAMPLE",
                "https://xn--bcher-kva.example:8443",
            })
    void configured_origin_is_admitted_in_any_spelling(String origin) throws IOException {
        assertThat(upgrade(origin)).startsWith("HTTP/1.1 101");
        assertThat(preflight(origin))
                .startsWith("HTTP/1.1 204")
                .containsIgnoringCase("access-control-allow-origin: " + origin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // The name as a part of another name.
                "https://good.example.evil.com",
                "https://evilgood.example",
                "https://evil-good.example",
                "https://sub.good.example",
                "https://good.example.",
                "https://good.examplee",
                "https://example",
                // Another scheme or port.
                "http://good.example",
                "https://good.example:444",
                "https://good.example:80",
                "https://good.example:4430",
                "wss://good.example",
                // The name outside the host.
                "https://good.example@evil.com",
                "https://good.example:443@evil.com",
                "https://evil.com/https://good.example",
                "https://evil.com?https://good.example",
                "https://evil.com#https://good.example",
                "https://evil.com\\@good.example",
                "https://evil.com%2egood.example",
                "https://good.example%00.evil.com",
                "https://good.example, https://evil.com",
                "https://good.example evil.com",
                // Non-ASCII names: as bytes, and as the punycode of another name.
                "https://b\u00fccher.example:8443",
                "https://xn--bcher-kva.example",
                "https://xn--good-example.example",
                // Values that are not an origin.
                "null",
                "*",
                "https://*",
                "https://",
                "good.example",
                "file://",
                "chrome-extension://good.example",
            })
    void other_origin_is_refused(String origin) throws IOException {
        assertThat(upgrade(origin)).startsWith("HTTP/1.1 403").doesNotContain("evil");
        assertThat(preflight(origin)).startsWith("HTTP/1.1 403").doesNotContainIgnoringCase("access-control-allow");
    }

    private static URI listener() {
        return GATEWAY.endpoints().http();
    }

    private static String upgrade(String origin) throws IOException {
        return RawHttp1.send(listener(), RawHttp1.upgrade(listener(), "Origin: " + origin));
    }

    private static String preflight(String origin) throws IOException {
        return RawHttp1.request(
                listener(),
                "OPTIONS",
                "/chat/threads?api-version=2025-03-15",
                "Origin: " + origin,
                "Access-Control-Request-Method: GET");
    }
}
