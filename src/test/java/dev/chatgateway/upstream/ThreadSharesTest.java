package dev.chatgateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThreadSharesTest {
    private final AtomicLong now = new AtomicLong(1_000_000);
    private final ThreadShares shares = new ThreadShares(now::get);

    @Test
    void a_part_shrinks_at_once() {
        assertThat(shares.part("t")).isEqualTo(1);
        shares.share("t", 2);
        assertThat(shares.part("t")).isEqualTo(0.5);
        shares.share("t", 4);
        assertThat(shares.part("t")).isEqualTo(0.25);
        assertThat(shares.part("other")).isEqualTo(1);
    }

    @Test
    void it_grows_when_the_calls_of_the_node_that_went_are_no_longer_counted() {
        shares.share("t", 3);
        shares.share("t", 2);
        assertThat(shares.part("t")).isEqualTo(1.0 / 3);
        now.addAndGet(59_999);
        assertThat(shares.part("t")).isEqualTo(1.0 / 3);
        now.addAndGet(1);
        assertThat(shares.part("t")).isEqualTo(0.5);
    }

    @Test
    void who_comes_back_meanwhile_changes_nothing() {
        shares.share("t", 2);
        shares.share("t", 1);
        shares.share("t", 2);
        now.addAndGet(120_000);
        assertThat(shares.part("t")).isEqualTo(0.5);
        shares.share("other", 1);
        assertThat(shares.part("t")).isEqualTo(0.5);
    }

    @Test
    void threads_that_nobody_else_uses_are_forgotten() {
        for (int i = 0; i < 1_000; i++) {
            shares.share("t" + i, 2);
            shares.share("t" + i, 1);
            shares.share("alone" + i, 1);
        }
        assertThat(shares.size()).isEqualTo(1_000);
        now.addAndGet(60_000);
        shares.share("t", 1);
        assertThat(shares.size()).isZero();
    }
}
