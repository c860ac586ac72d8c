package dev.chatgateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.1.2, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.8, false",
        "192.0.2.128/25, 192.0.2.127, false",
        "192.0.2.128/25, 192.0.2.128, true",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, ::1, false",
        "fd00::/8, fdab::1, true",
        "fd00::/8, fe00::1, false",
        "::1, 0:0:0:0:0:0:0:1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "10.0.0.0/8, ::ffff:10.1.2.3, true",
        "127.0.0.1, localhost, false",
        "127.0.0.1, '', false",
        "127.0.0.1, 127.1, false",
    })
    void range_contains_the_addresses_with_its_prefix(String range, String address, boolean trusted) {
        assertThat(TrustedProxies.of(List.of(range)).trusts(address)).isEqualTo(trusted);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "localhost", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", "10.0.0.0/-1", "300.1.1.1"})
    void anything_else_is_refused_with_its_value(String range) {
        assertThatThrownBy(() -> TrustedProxies.of(List.of(range)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(range + " (expected: ");
    }

    @Test
    void client_is_the_last_hop_that_is_no_trusted_proxy() {
        TrustedProxies proxies = TrustedProxies.of(List.of("10.0.0.0/8"));
        assertThat(proxies.clientAddress("10.0.0.1", "6.6.6.6, 198.51.100.7, 10.0.0.2"))
                .isEqualTo("198.51.100.7");
        assertThat(proxies.clientAddress("10.0.0.1", "10.0.0.3")).isEqualTo("10.0.0.3");
        assertThat(proxies.clientAddress("10.0.0.1", "nonsense")).isEqualTo("10.0.0.1");
        assertThat(proxies.clientAddress("10.0.0.1", null)).isEqualTo("10.0.0.1");
        assertThat(proxies.clientAddress("198.51.100.9", "6.6.6.6")).isEqualTo("198.51.100.9");
    }

    /** Azure's Application Gateway writes it so: no client behind it had an address of its own. */
    @ParameterizedTest
    @CsvSource({
        "198.51.100.7:41234, 198.51.100.7",
        "'6.6.6.6:1, 198.51.100.7:41234, 10.0.0.2:443', 198.51.100.7",
        "[2001:db8::7]:41234, 2001:db8::7",
        "2001:db8::7, 2001:db8::7",
        "[2001:db8::7], 2001:db8::7",
        "198.51.100.7:, 10.0.0.1",
        "198.51.100.7:443x, 10.0.0.1",
        "198.51.100.7:443:443, 10.0.0.1",
        "[nonsense]:1, 10.0.0.1",
        "localhost:80, 10.0.0.1",
    })
    void port_of_a_hop_is_removed(String forwardedFor, String client) {
        TrustedProxies proxies = TrustedProxies.of(List.of("10.0.0.0/8"));
        assertThat(proxies.clientAddress("10.0.0.1", forwardedFor)).isEqualTo(client);
    }

    /** Java would look a name up for them, on the event loop. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "999.999.999.999",
                "256.1.1.1",
                "1.2.3",
                "1.2.3.4.5",
                "0x7f.1",
                "dead.beef",
                "face",
                "a:b",
                "1:2",
                "::ffff:999.1.1.1",
                "::%eth0",
                "1.2.3.4:",
                ":::",
                "[::1",
                "12345::"
            })
    void no_name_is_ever_resolved(String hop) {
        TrustedProxies all = TrustedProxies.of(List.of("0.0.0.0/0", "::/0"));

        assertThat(all.trusts(hop)).isFalse();
        assertThat(all.clientAddress("10.0.0.1", hop)).isEqualTo("10.0.0.1");
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:1:2::7, 2001:db8:1:2::/64",
        "2001:0DB8:0001:0002:ffff:ffff:ffff:ffff, 2001:db8:1:2::/64",
        "'[2001:db8:1:2::7]:443', 2001:db8:1:2::/64",
        "::1, 0:0:0:0::/64",
        "::ffff:192.0.2.7, 192.0.2.7",
        "192.0.2.7, 192.0.2.7",
        "192.000.002.007, 192.0.2.7",
    })
    void client_has_one_key_in_every_notation(String hop, String client) {
        assertThat(TrustedProxies.of(List.of("10.0.0.0/8")).client("10.0.0.1", hop))
                .isEqualTo(client);
    }

    @Test
    void address_has_one_key_in_every_notation() {
        TrustedProxies nobody = TrustedProxies.none();

        assertThat(nobody.client("::ffff:192.0.2.7", null)).isEqualTo(nobody.client("192.0.2.7", null));
        assertThat(nobody.client("::FFFF:C000:0207", null)).isEqualTo(nobody.client("192.0.2.7", null));
        assertThat(nobody.client("FE80::1%eth0", null)).isEqualTo(nobody.client("fe80:0:0:0:1:2:3:4%2", null));
        assertThat(nobody.client("2001:DB8::1", null)).isEqualTo(nobody.client("2001:0db8:0:0::2", null));
    }
}
