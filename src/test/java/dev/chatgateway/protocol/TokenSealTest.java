package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class TokenSealTest {
    private static final byte[] KEY = "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OTHER = "another key of enough bytes 1234".getBytes(StandardCharsets.US_ASCII);

    private final TokenSeal seal = new TokenSeal(KEY, null);

    @Test
    void sealed_token_opens_for_its_context_alone() {
        String sealed = seal.seal("eyJ.secret.sig", "8:acs:ann e1");
        assertThat(sealed).doesNotContain("secret");
        assertThat(seal.open(sealed, "8:acs:ann e1")).contains("eyJ.secret.sig");
        assertThat(seal.open(sealed, "8:acs:eve e1")).isEmpty();
    }

    @Test
    void token_is_sealed_differently_each_time() {
        assertThat(seal.seal("token", "c")).isNotEqualTo(seal.seal("token", "c"));
    }

    @Test
    void key_before_the_rotation_still_opens() {
        String sealed = seal.seal("token", "c");
        assertThat(new TokenSeal(OTHER, KEY).open(sealed, "c")).contains("token");
        assertThat(new TokenSeal(OTHER, null).open(sealed, "c")).isEmpty();
    }

    @Test
    void changed_or_foreign_text_does_not_open() {
        byte[] bytes = Base64.getDecoder().decode(seal.seal("token", "c"));
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= 1;
            assertThat(seal.open(Base64.getEncoder().encodeToString(changed), "c"))
                    .as("byte " + i)
                    .isEmpty();
        }
        assertThat(seal.open("", "c")).isEmpty();
        assertThat(seal.open("no base64!", "c")).isEmpty();
    }
}
