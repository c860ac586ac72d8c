package dev.chatgateway.poll.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RefusalBreakerTest {
    private final RefusalBreaker breaker = new RefusalBreaker();

    @Test
    void three_refused_users_open_it_if_no_call_succeeds() {
        breaker.recordRefusal("a", 1_000);
        breaker.recordRefusal("b", 1_100);
        breaker.recordRefusal("b", 1_150);
        assertThat(breaker.open(1_200)).isFalse();
        breaker.recordRefusal("c", 1_300);
        assertThat(breaker.open(1_300)).isTrue();
        breaker.recordSuccess(1_350);
        assertThat(breaker.open(1_400)).isFalse();
    }

    @Test
    void success_of_a_call_made_before_the_refusals_is_ignored() {
        breaker.recordSuccess(500);
        breaker.recordRefusal("a", 1_000);
        breaker.recordRefusal("b", 1_100);
        breaker.recordSuccess(900);
        breaker.recordRefusal("c", 1_300);
        assertThat(breaker.open(3_000)).isTrue();
        assertThat(breaker.open(11_200)).as("ten seconds later").isFalse();
    }

    @Test
    void refusal_long_before_an_outage_does_not_hide_it() {
        breaker.recordRefusal("removed", 1_000);
        breaker.recordSuccess(4_000);
        breaker.recordRefusal("a", 5_000);
        breaker.recordRefusal("b", 5_000);
        assertThat(breaker.open(5_000)).isFalse();
        breaker.recordRefusal("c", 5_000);
        assertThat(breaker.open(5_000)).isTrue();
    }

    /** Regression: repeated membership proofs of these users kept it open for ever, for all users. */
    @Test
    void users_refused_again_and_again_do_not_keep_it_open() {
        for (long now = 0; now <= 60_000; now += 5_000) {
            for (int user = 0; user < 8; user++) {
                breaker.recordRefusal("removed " + user, now);
            }
            breaker.recordSuccess(now);
            assertThat(breaker.open(now)).as("after %d ms", now).isEqualTo(now < 30_000);
        }
    }

    @Test
    void many_refused_users_open_it_although_calls_succeed() {
        for (int user = 0; user < 8; user++) {
            assertThat(breaker.open(1_000)).isFalse();
            breaker.recordRefusal("user " + user, 1_000);
            breaker.recordSuccess(1_000);
        }
        assertThat(breaker.open(1_000)).isTrue();
    }
}
