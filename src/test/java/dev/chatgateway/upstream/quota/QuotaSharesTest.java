package dev.chatgateway.upstream.quota;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class QuotaSharesTest {
    private static final boolean LEADS = true;
    private static final boolean FOLLOWS = false;

    private final AtomicLong now = new AtomicLong(1_000_000);
    private final QuotaShares shares = new QuotaShares(now::get);

    @Test
    void half_is_divided_evenly_and_half_is_the_leaders() {
        for (int users = 2; users < 100; users++) {
            shares.share("led" + users, users, LEADS);
            shares.share("followed" + users, users, FOLLOWS);
            double all = shares.part("led" + users) + (users - 1) * shares.part("followed" + users);
            assertThat(all).isBetween(0.999, 1.001);
        }
        assertThat(shares.part("other")).isEqualTo(1);
        assertThat(shares.part(null)).isEqualTo(1);
    }

    @Test
    void part_shrinks_at_once() {
        shares.share("t", 2, LEADS);
        assertThat(shares.part("t")).isEqualTo(0.75);
        shares.share("t", 4, LEADS);
        assertThat(shares.part("t")).isEqualTo(0.625);
        shares.share("t", 4, FOLLOWS);
        assertThat(shares.part("t")).isEqualTo(0.125);
    }

    @Test
    void part_grows_one_window_after_a_node_has_left() {
        shares.share("t", 5, FOLLOWS);
        shares.share("t", 2, FOLLOWS);
        assertThat(shares.part("t")).isEqualTo(0.1);
        now.addAndGet(59_999);
        // A renewal does not begin the minute again.
        shares.share("t", 2, FOLLOWS);
        assertThat(shares.part("t")).isEqualTo(0.1);
        now.addAndGet(1);
        assertThat(shares.part("t")).isEqualTo(0.25);
    }

    @Test
    void new_leader_may_use_at_once_what_the_old_one_left() {
        shares.share("t", 2, FOLLOWS);
        shares.takeOver("t", 1, 2, 0.4);
        assertThat(shares.part("t")).isEqualTo(0.6);
        // The old leader follows from now on.
        shares.share("t", 2, LEADS);
        assertThat(shares.part("t")).isEqualTo(0.6);
        now.addAndGet(60_000);
        assertThat(shares.part("t")).isEqualTo(0.75);
    }

    @Test
    void new_leader_of_a_lost_one_has_an_even_part_for_a_minute() {
        shares.share("followed", 3, FOLLOWS);
        for (String threadId : List.of("followed", "new here")) {
            shares.takeOver(threadId, 1, 2, 1);
            assertThat(shares.part(threadId)).isBetween(0.16, 0.25);
        }
        now.addAndGet(60_000);
        assertThat(shares.part("followed")).isEqualTo(1);
        assertThat(shares.part("new here")).isEqualTo(1);
    }

    @Test
    void parts_never_exceed_the_window_during_a_hand_over() {
        for (int nodes = 2; nodes < 100; nodes++) {
            double even = 0.5 / nodes;
            for (double used = 0; used <= 0.5 + even; used += 0.05) {
                String threadId = nodes + " " + used;
                shares.share(threadId, nodes, FOLLOWS);
                shares.takeOver(threadId, nodes, nodes, used);
                double others = (nodes - 2) * even;
                double before = Math.max(used, even);
                assertThat(shares.part(threadId) + others + before)
                        .as("%d nodes, %.2f used", nodes, used)
                        .isLessThanOrEqualTo(1.000001);
            }
        }
    }

    @Test
    void node_that_returns_within_the_minute_changes_nothing() {
        shares.share("t", 2, LEADS);
        shares.share("t", 1, LEADS);
        shares.share("t", 2, LEADS);
        now.addAndGet(120_000);
        assertThat(shares.part("t")).isEqualTo(0.75);
        shares.share("other", 1, LEADS);
        assertThat(shares.part("t")).isEqualTo(0.75);
    }

    @Test
    void leader_requests_no_permits() {
        assertThat(shares.remote("t")).isNull();
        shares.connect(request -> Future.succeededFuture(new RemoteQuota.Reply.NoPermit()));
        assertThat(shares.remote("t")).as("another node may lead it").isNotNull();
        assertThat(shares.known("t")).isFalse();
        shares.share("t", 2, FOLLOWS);
        assertThat(shares.remote("t")).isNotNull();
        shares.share("t", 2, LEADS);
        assertThat(shares.remote("t")).isNull();
    }

    @Test
    void threads_that_no_other_node_uses_are_removed() {
        for (int i = 0; i < 1_000; i++) {
            shares.share("t" + i, 2, FOLLOWS);
            shares.share("t" + i, 1, FOLLOWS);
            shares.share("alone" + i, 1, LEADS);
        }
        assertThat(shares.size()).isEqualTo(1_000);
        now.addAndGet(60_000);
        shares.share("t", 1, LEADS);
        assertThat(shares.size()).isZero();
    }
}
