package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.protocol.SessionReferenceCodec.Reference;
import java.time.Instant;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class SessionReferenceCodecTest {
    private static final byte[] KEY = "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final byte[] OTHER = "fedcba9876543210".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    private static final Reference REFERENCE =
            new Reference("8:acs:r_ann", "985bbc00-4659-4a29-9a9d-80a7222631e0", Instant.ofEpochMilli(1767323045678L));

    private final SessionReferenceCodec codec = new SessionReferenceCodec(KEY, null);

    @Test
    void reference_is_read_as_it_was_issued() {
        String text = codec.issue(REFERENCE);
        assertThat(text).matches("[A-Za-z0-9_-]{1,200}");
        assertThat(codec.read(text)).contains(REFERENCE);
        assertThat(new SessionReferenceCodec(OTHER, KEY).read(text)).contains(REFERENCE);
    }

    @Test
    void forged_reference_is_refused() {
        String text = codec.issue(REFERENCE);
        byte[] bytes = Base64.getUrlDecoder().decode(text);
        for (int i = 0; i < bytes.length; i++) {
            byte[] forged = bytes.clone();
            forged[i] ^= 1;
            assertThat(codec.read(Base64.getUrlEncoder().withoutPadding().encodeToString(forged)))
                    .isEmpty();
        }
        assertThat(new SessionReferenceCodec(OTHER, null).read(text)).isEmpty();
        assertThat(codec.read("")).isEmpty();
        assertThat(codec.read("****")).isEmpty();
        assertThat(codec.read("A".repeat(5000))).isEmpty();
    }

    @Test
    void ticket_is_no_reference() {
        String ticket = new TicketCodec(KEY, null).issue("token", Instant.EPOCH, Instant.EPOCH);
        assertThat(codec.read(ticket)).isEmpty();
    }
}
