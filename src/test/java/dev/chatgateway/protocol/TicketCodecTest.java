package dev.chatgateway.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TicketCodecTest {
    private static final byte[] KEY = "0123456789abcdef".getBytes();
    private static final byte[] NEWER = "fedcba9876543210".getBytes();
    private static final Instant T = Instant.parse("2026-01-31T12:00:00Z");

    private final TicketCodec codec = new TicketCodec(KEY, null);

    @Test
    void ticket_is_valid_for_its_token_for_five_minutes() {
        String ticket = codec.issue("token", T, T);

        assertThat(codec.provenAt(ticket, "token", T.plus(Duration.ofSeconds(299))))
                .contains(T);
        assertThat(codec.provenAt(ticket, "token", T.plus(Duration.ofMinutes(5))))
                .isEmpty();
        assertThat(codec.provenAt(ticket, "other", T)).isEmpty();
    }

    @Test
    void expired_ticket_proves_that_its_token_was_accepted() {
        String ticket = codec.issue("token", T, T.minus(Duration.ofDays(1)));

        assertThat(codec.provenAt(ticket, "token", T.plus(Duration.ofDays(1)))).isEmpty();
        assertThat(codec.vouches(ticket, "token")).isTrue();
        assertThat(codec.vouches(ticket, "other")).isFalse();
        assertThat(codec.vouches("x" + ticket, "token")).isFalse();
        assertThat(new TicketCodec(NEWER, null).vouches(ticket, "token")).isFalse();
    }

    @Test
    void ticket_issued_for_a_ticket_does_not_extend_the_proof() {
        Instant later = T.plus(Duration.ofMinutes(8));
        String ticket = codec.issue("token", T, later);

        assertThat(codec.provenAt(ticket, "token", later.plus(Duration.ofSeconds(119))))
                .contains(T);
        assertThat(codec.provenAt(ticket, "token", T.plus(Duration.ofMinutes(10))))
                .isEmpty();
    }

    @Test
    void ticket_with_a_changed_bit_or_another_key_is_refused() {
        String ticket = codec.issue("token", T, T);

        for (int i = 0; i < ticket.length(); i++) {
            char changed = ticket.charAt(i) == 'A' ? 'B' : 'A';
            String other = ticket.substring(0, i) + changed + ticket.substring(i + 1);
            if (!other.equals(ticket) && i < ticket.length() - 1) {
                assertThat(codec.provenAt(other, "token", T)).isEmpty();
            }
        }
        assertThat(codec.provenAt("", "token", T)).isEmpty();
        assertThat(codec.provenAt("*", "token", T)).isEmpty();
        assertThat(new TicketCodec(NEWER, null).provenAt(ticket, "token", T)).isEmpty();
        assertThat(new TicketCodec(NEWER, KEY).provenAt(ticket, "token", T)).contains(T);
    }
}
