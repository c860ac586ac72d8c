package dev.chatgateway.signaling.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ClientVersionTest {
    @Test
    void version_joins_product_and_transport() {
        assertThat(ClientVersion.of("{\"cv\":\"2024.14.01.55\",\"ua\":\"AcsWeb\",\"v\":\"1.6.0\",\"x\":1}"))
                .isEqualTo("AcsWeb 1.6.0 2024.14.01.55");
        assertThat(ClientVersion.of("{\"cv\":\"1\",\"ua\":\"\",\"v\":null}")).isEqualTo("1");
    }

    @Test
    void version_has_plain_characters_and_a_bounded_length() {
        assertThat(ClientVersion.of("{\"ua\":\"<b>\\n\u00e4 x\"}")).isEqualTo("_b____x");
        assertThat(ClientVersion.of("{\"ua\":\"" + "a".repeat(500) + "\"}")).isEqualTo("a".repeat(40));
        assertThat(ClientVersion.of("{\"ua\":\"" + "a".repeat(1_000) + "\"}")).isNull();
    }

    @Test
    void unreadable_version_is_unknown() {
        assertThat(ClientVersion.of(null)).isNull();
        assertThat(ClientVersion.of("")).isNull();
        assertThat(ClientVersion.of("{")).isNull();
        assertThat(ClientVersion.of("[1]")).isNull();
        assertThat(ClientVersion.of("{\"ua\":{\"a\":1}}")).isNull();
    }
}
