package dev.chatgateway.socket.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.socket.connection.Identity.Action;
import dev.chatgateway.upstream.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a proof is renewed and when it is too old, second by second in virtual time. */
class IdentityTest {
    private static final long START = 1_800_000_000_123L;
    private static final long SECOND = 1_000;

    private final Identity identity = new Identity(Tokens.of("alice"), START);

    private record Due(long second, Action action) {}

    private List<Due> actions(long from, long to) {
        List<Due> due = new ArrayList<>();
        for (long second = from; second <= to; second++) {
            Action action = identity.nextAction(START + second * SECOND, 60_000);
            if (action != Action.NOTHING) {
                due.add(new Due(second, action));
            }
        }
        return due;
    }

    @Test
    void proof_is_overdue_after_11_minutes_and_retried() {
        assertThat(actions(1, 539)).isEmpty();
        assertThat(actions(540, 720))
                .containsExactly(
                        new Due(540, Action.RENEW_PROOF),
                        new Due(570, Action.RENEW_PROOF),
                        new Due(600, Action.RENEW_PROOF),
                        new Due(630, Action.RENEW_PROOF),
                        new Due(660, Action.PAUSE_UNPROVEN),
                        new Due(661, Action.RENEW_PROOF),
                        new Due(691, Action.RENEW_PROOF));
        assertThat(identity.proofRenewed(START + 721 * SECOND))
                .as("was overdue")
                .isTrue();
        assertThat(actions(722, 1_260)).isEmpty();
        assertThat(actions(1_261, 1_261)).containsExactly(new Due(1_261, Action.RENEW_PROOF));
        assertThat(identity.proofRenewed(START + 1_262 * SECOND)).isFalse();
    }

    @Test
    void new_token_replaces_an_overdue_proof() {
        actions(1, 700);
        identity.replace(Tokens.of("alice"), START + 700 * SECOND);
        assertThat(actions(701, 1_239)).isEmpty();
    }
}
