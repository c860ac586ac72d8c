package dev.chatgateway.poll.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RefusalBreakerTest {
    private final RefusalBreaker breaker = new RefusalBreaker();

    @Test
    void two_users_lose_their_right_and_a_third_means_an_outage_if_nobody_is_served() {
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
    void a_slow_answer_to_a_call_from_before_does_not_count() {
        breaker.recordSuccess(500);
        breaker.recordRefusal("a", 1_000);
        breaker.recordRefusal("b", 1_100);
        breaker.recordSuccess(900);
        breaker.recordRefusal("c", 1_300);
        assertThat(breaker.open(3_000)).isTrue();
        assertThat(breaker.open(11_200)).as("ten seconds later").isFalse();
    }

    @Test
    void a_refusal_long_before_the_outage_does_not_hide_it() {
        breaker.recordRefusal("removed", 1_000);
        breaker.recordSuccess(4_000);
        breaker.recordRefusal("a", 5_000);
        breaker.recordRefusal("b", 5_000);
        assertThat(breaker.open(5_000)).isFalse();
        breaker.recordRefusal("c", 5_000);
        assertThat(breaker.open(5_000)).isTrue();
    }

    /** Their second proofs kept it open for ever, for everybody. */
    @Test
    void users_who_are_refused_again_and_again_do_not_hold_it_open() {
        for (long now = 0; now <= 60_000; now += 5_000) {
            for (int user = 0; user < 8; user++) {
                breaker.recordRefusal("removed " + user, now);
            }
            breaker.recordSuccess(now);
            assertThat(breaker.open(now)).as("after %d ms", now).isEqualTo(now < 30_000);
        }
    }

    @Test
    void many_users_are_an_outage_though_some_are_served() {
        for (int user = 0; user < 8; user++) {
            assertThat(breaker.open(1_000)).isFalse();
            breaker.recordRefusal("user " + user, 1_000);
            breaker.recordSuccess(1_000);
        }
        assertThat(breaker.open(1_000)).isTrue();
    }
}
