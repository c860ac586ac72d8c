package dev.chatgateway.upstream.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class QuotaSharesTest {
    private static final boolean READS = true;
    private static final boolean FOLLOWS = false;

    private final AtomicLong now = new AtomicLong(1_000_000);
    private final QuotaShares shares = new QuotaShares(now::get);

    @Test
    void half_is_divided_evenly_and_half_is_the_readers() {
        for (int users = 2; users < 100; users++) {
            shares.share("read" + users, users, READS);
            shares.share("followed" + users, users, FOLLOWS);
            double all = shares.part("read" + users) + (users - 1) * shares.part("followed" + users);
            assertThat(all).isBetween(0.999, 1.001);
        }
        assertThat(shares.part("other")).isEqualTo(1);
        assertThat(shares.part(null)).isEqualTo(1);
    }

    @Test
    void a_part_shrinks_at_once() {
        shares.share("t", 2, READS);
        assertThat(shares.part("t")).isEqualTo(0.75);
        shares.share("t", 4, READS);
        assertThat(shares.part("t")).isEqualTo(0.625);
        shares.share("t", 4, FOLLOWS);
        assertThat(shares.part("t")).isEqualTo(0.125);
    }

    @Test
    void it_grows_when_the_calls_of_the_node_that_went_are_no_longer_counted() {
        shares.share("t", 5, FOLLOWS);
        shares.share("t", 2, FOLLOWS);
        assertThat(shares.part("t")).isEqualTo(0.1);
        now.addAndGet(59_999);
        // Said again, as renewals do, it is the same minute.
        shares.share("t", 2, FOLLOWS);
        assertThat(shares.part("t")).isEqualTo(0.1);
        now.addAndGet(1);
        assertThat(shares.part("t")).isEqualTo(0.25);
    }

    @Test
    void who_takes_over_has_at_once_what_the_one_before_left() {
        shares.share("t", 2, FOLLOWS);
        shares.takeOver("t", 1, QuotaShares.spare(0.4, 2));
        assertThat(shares.part("t")).isEqualTo(0.6);
        // The one before follows from now on.
        shares.share("t", 2, READS);
        assertThat(shares.part("t")).isEqualTo(0.6);
        now.addAndGet(60_000);
        assertThat(shares.part("t")).isEqualTo(0.75);
    }

    @Test
    void what_all_have_while_a_thread_changes_hands_is_never_more_than_all() {
        for (int nodes = 2; nodes < 100; nodes++) {
            double even = 0.5 / nodes;
            for (double used = 0; used <= 0.5 + even; used += 0.05) {
                double others = (nodes - 2) * even;
                double before = Math.max(used, even);
                assertThat(QuotaShares.spare(used, nodes) + others + before)
                        .as("%d nodes, %.2f used", nodes, used)
                        .isLessThanOrEqualTo(1.000001);
            }
        }
    }

    @Test
    void who_comes_back_meanwhile_changes_nothing() {
        shares.share("t", 2, READS);
        shares.share("t", 1, READS);
        shares.share("t", 2, READS);
        now.addAndGet(120_000);
        assertThat(shares.part("t")).isEqualTo(0.75);
        shares.share("other", 1, READS);
        assertThat(shares.part("t")).isEqualTo(0.75);
    }

    @Test
    void who_reads_a_thread_for_others_borrows_nothing() {
        assertThat(shares.lender("t")).isNull();
        shares.borrowFrom((operation, user, thread) -> Future.succeededFuture(new Lender.Answer.Full()));
        assertThat(shares.lender("t")).as("another may read it").isNotNull();
        assertThat(shares.known("t")).isFalse();
        shares.share("t", 2, FOLLOWS);
        assertThat(shares.lender("t")).isNotNull();
        shares.share("t", 2, READS);
        assertThat(shares.lender("t")).isNull();
    }

    @Test
    void threads_that_nobody_else_uses_are_forgotten() {
        for (int i = 0; i < 1_000; i++) {
            shares.share("t" + i, 2, FOLLOWS);
            shares.share("t" + i, 1, FOLLOWS);
            shares.share("alone" + i, 1, READS);
        }
        assertThat(shares.size()).isEqualTo(1_000);
        now.addAndGet(60_000);
        shares.share("t", 1, READS);
        assertThat(shares.size()).isZero();
    }
}
