package dev.chatgateway.socket.accept;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.config.ConfigException;
import dev.chatgateway.config.ConfigLoader;
import dev.chatgateway.config.LiveConfig;
import dev.chatgateway.socket.connection.UserConnections;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FairSharesTest {
    private static final long LIMIT_MS = 10_000;

    private final List<String> evicted = new ArrayList<>();
    private final FairShares shares = new FairShares(() -> 10, () -> LIMIT_MS);

    @Test
    void one_owner_may_use_the_whole_capacity() {
        for (int i = 0; i < 10; i++) {
            assertThat(acquire("a", i, 0)).isPresent();
        }

        assertThat(acquire("a", 10, 0)).isEmpty();
        assertThat(evicted).isEmpty();
        assertThat(shares.total()).isEqualTo(10);
    }

    @Test
    void oldest_share_of_the_largest_owner_is_evicted_first() {
        for (int i = 0; i < 10; i++) {
            acquire("a", i, 0);
        }

        for (int i = 0; i < 4; i++) {
            assertThat(acquire("b", i, 0)).isPresent();
        }

        assertThat(evicted).containsExactly("a0", "a1", "a2", "a3");
        // Both owners have the same size now.
        assertThat(acquire("b", 4, 0)).isPresent();
        assertThat(acquire("b", 5, 0)).isEmpty();
        assertThat(evicted).containsExactly("a0", "a1", "a2", "a3", "a4");
    }

    @Test
    void overdue_share_is_evicted_for_its_own_owner() {
        for (int i = 0; i < 10; i++) {
            acquire("a", i, 0);
        }

        assertThat(acquire("a", 10, 500)).isEmpty();
        // With no free capacity the hold limit is two seconds.
        assertThat(acquire("a", 11, 2_001)).isPresent();
        assertThat(evicted).contains("a0").doesNotContain("a11");
    }

    @Test
    void hold_limit_shrinks_with_free_capacity() {
        assertThat(shares.holdLimitMs()).isEqualTo(LIMIT_MS);
        for (int i = 0; i < 5; i++) {
            acquire("a", i, 0);
        }
        assertThat(shares.holdLimitMs()).isEqualTo(LIMIT_MS);
        assertThat(shares.isScarce()).isFalse();
        for (int i = 5; i < 8; i++) {
            acquire("a", i, 0);
        }
        assertThat(shares.holdLimitMs()).isBetween(3_900L, 4_000L);
        assertThat(shares.isScarce()).isTrue();
        acquire("a", 8, 0);
        acquire("a", 9, 0);
        assertThat(shares.holdLimitMs()).isEqualTo(2_000);
    }

    @Test
    void shares_of_proven_owners_are_never_overdue() {
        FairShares.Share mine = acquire("user", 0, 0).orElseThrow();
        shares.transfer(mine, "user", true);
        for (int i = 0; i < 9; i++) {
            acquire("a", i, 0);
        }

        acquire("b", 0, 60_000);

        assertThat(evicted).hasSize(9).doesNotContain("user0");
        assertThat(shares.release(mine)).isTrue();
        assertThat(shares.release(mine)).isFalse();
    }

    @Test
    void grown_share_counts_with_its_new_size() {
        FairShares.Share large = acquire("a", 0, 0).orElseThrow();
        assertThat(shares.resize(large, 9, 0)).isTrue();
        FairShares.Share small = acquire("b", 0, 0).orElseThrow();

        assertThat(shares.resize(small, 2, 0)).isTrue();

        assertThat(evicted).containsExactly("a0");
        assertThat(shares.resize(large, 1, 0)).isFalse();
        assertThat(shares.total()).isEqualTo(2);
    }

    @Test
    void owners_of_equal_size_are_not_evicted_for_new_ones() {
        for (int i = 0; i < 10; i++) {
            acquire("owner" + i, 0, 0);
        }

        assertThat(acquire("last", 0, 0)).isEmpty();
        assertThat(evicted).isEmpty();
        assertThat(acquire("last", 1, 2_001)).isPresent();
    }

    /** For example a company behind one address whose clients reconnect. */
    @Test
    void default_limits_admit_10000_clients_of_one_address() throws ConfigException {
        LiveConfig live = new LiveConfig(
                new ConfigLoader().load(Optional.empty(), Map.of()).config());
        FairShares clients = UnauthenticatedLimits.clientShares(live);
        UserConnections connections = new UserConnections(live, 0);

        for (int i = 0; i < 10_000; i++) {
            assertThat(clients.acquire("a", 16 * 1024, 0, () -> evicted.add("connection")))
                    .isPresent();
            assertThat(connections.acquire("a", 0, () -> evicted.add("slot"))).isPresent();
        }

        assertThat(evicted).isEmpty();
    }

    private Optional<FairShares.Share> acquire(String owner, int number, long nowMs) {
        return shares.acquire(owner, 1, nowMs, () -> evicted.add(owner + number));
    }
}
