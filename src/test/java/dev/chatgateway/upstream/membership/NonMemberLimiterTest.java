package dev.chatgateway.upstream.membership;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The window of non-members of a thread, on a clock that the test advances. */
class NonMemberLimiterTest {
    private long now = 1_767_225_600_000L;
    private final NonMemberLimiter limiter = new NonMemberLimiter(() -> TimeUnit.MILLISECONDS.toNanos(now));

    @Test
    void sixth_call_of_a_window_waits_for_its_end() {
        for (int call = 0; call < 5; call++) {
            assertThat(limiter.admit("a", now++)).isZero();
        }
        assertThat(limiter.admit("a", now)).isEqualTo(9_995);
        assertThat(limiter.admit("b", now)).as("another thread").isZero();
    }

    @Test
    void refused_calls_do_not_extend_the_window() {
        for (int call = 0; call < 5; call++) {
            limiter.admit("a", now);
        }
        now += 9_999;
        assertThat(limiter.admit("a", now)).isEqualTo(1);
        now += 1;
        assertThat(limiter.admit("a", now)).isZero();
    }
}
