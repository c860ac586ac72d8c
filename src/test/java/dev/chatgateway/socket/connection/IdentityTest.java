package dev.chatgateway.socket.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.socket.connection.Identity.Advice;
import dev.chatgateway.upstream.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long a proof of a token is believed, second by second in virtual time. */
class IdentityTest {
    private static final long START = 1_800_000_000_123L;
    private static final long SECOND = 1_000;

    private final Identity identity = new Identity(Tokens.of("alice"), START);

    private record Said(long second, Advice advice) {}

    private List<Said> between(long from, long to) {
        List<Said> said = new ArrayList<>();
        for (long second = from; second <= to; second++) {
            Advice advice = identity.advice(START + second * SECOND, 60_000);
            if (advice != Advice.NOTHING) {
                said.add(new Said(second, advice));
            }
        }
        return said;
    }

    @Test
    void a_token_that_the_service_can_not_be_asked_about_is_doubted_after_eleven_minutes_and_asked_about_on() {
        assertThat(between(1, 539)).isEmpty();
        assertThat(between(540, 720))
                .containsExactly(
                        new Said(540, Advice.PROVE_AGAIN),
                        new Said(570, Advice.PROVE_AGAIN),
                        new Said(600, Advice.PROVE_AGAIN),
                        new Said(630, Advice.PROVE_AGAIN),
                        new Said(660, Advice.DOUBT),
                        new Said(661, Advice.PROVE_AGAIN),
                        new Said(691, Advice.PROVE_AGAIN));
        assertThat(identity.proven(START + 721 * SECOND)).as("ends the doubt").isTrue();
        assertThat(between(722, 1_260)).isEmpty();
        assertThat(between(1_261, 1_261)).containsExactly(new Said(1_261, Advice.PROVE_AGAIN));
        assertThat(identity.proven(START + 1_262 * SECOND)).isFalse();
    }

    @Test
    void a_new_token_ends_the_doubt_too() {
        between(1, 700);
        identity.replace(Tokens.of("alice"), START + 700 * SECOND);
        assertThat(between(701, 1_239)).isEmpty();
    }
}
