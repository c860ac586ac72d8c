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

    private final List<String> ended = new ArrayList<>();
    private final FairShares shares = new FairShares(() -> 10, () -> LIMIT_MS);

    @Test
    void one_owner_has_all_while_nobody_else_comes() {
        for (int i = 0; i < 10; i++) {
            assertThat(enter("a", i, 0)).isPresent();
        }

        assertThat(enter("a", 10, 0)).isEmpty();
        assertThat(ended).isEmpty();
        assertThat(shares.total()).isEqualTo(10);
    }

    @Test
    void largest_owner_gives_its_oldest_to_others() {
        for (int i = 0; i < 10; i++) {
            enter("a", i, 0);
        }

        for (int i = 0; i < 4; i++) {
            assertThat(enter("b", i, 0)).isPresent();
        }

        assertThat(ended).containsExactly("a0", "a1", "a2", "a3");
        // From here on both have as much.
        assertThat(enter("b", 4, 0)).isPresent();
        assertThat(enter("b", 5, 0)).isEmpty();
        assertThat(ended).containsExactly("a0", "a1", "a2", "a3", "a4");
    }

    @Test
    void overdue_shares_make_room_for_their_own_owner() {
        for (int i = 0; i < 10; i++) {
            enter("a", i, 0);
        }

        assertThat(enter("a", 10, 500)).isEmpty();
        // A full whole leaves two seconds.
        assertThat(enter("a", 11, 2_001)).isPresent();
        assertThat(ended).contains("a0").doesNotContain("a11");
    }

    @Test
    void time_limit_shrinks_with_what_is_left() {
        assertThat(shares.limitMs()).isEqualTo(LIMIT_MS);
        for (int i = 0; i < 5; i++) {
            enter("a", i, 0);
        }
        assertThat(shares.limitMs()).isEqualTo(LIMIT_MS);
        assertThat(shares.scarce()).isFalse();
        for (int i = 5; i < 8; i++) {
            enter("a", i, 0);
        }
        assertThat(shares.limitMs()).isBetween(3_900L, 4_000L);
        assertThat(shares.scarce()).isTrue();
        enter("a", 8, 0);
        enter("a", 9, 0);
        assertThat(shares.limitMs()).isEqualTo(2_000);
    }

    @Test
    void shares_of_proven_owners_are_never_overdue() {
        FairShares.Share mine = enter("user", 0, 0).orElseThrow();
        shares.move(mine, "user", true);
        for (int i = 0; i < 9; i++) {
            enter("a", i, 0);
        }

        enter("b", 0, 60_000);

        assertThat(ended).hasSize(9).doesNotContain("user0");
        assertThat(shares.leave(mine)).isTrue();
        assertThat(shares.leave(mine)).isFalse();
    }

    @Test
    void share_that_grows_counts_with_what_it_has() {
        FairShares.Share large = enter("a", 0, 0).orElseThrow();
        assertThat(shares.resize(large, 9, 0)).isTrue();
        FairShares.Share small = enter("b", 0, 0).orElseThrow();

        assertThat(shares.resize(small, 2, 0)).isTrue();

        assertThat(ended).containsExactly("a0");
        assertThat(shares.resize(large, 1, 0)).isFalse();
        assertThat(shares.total()).isEqualTo(2);
    }

    @Test
    void as_many_owners_as_there_is_room_keep_each_other_out() {
        for (int i = 0; i < 10; i++) {
            enter("owner" + i, 0, 0);
        }

        assertThat(enter("last", 0, 0)).isEmpty();
        assertThat(ended).isEmpty();
        assertThat(enter("last", 1, 2_001)).isPresent();
    }

    /** A company behind one address reconnects. */
    @Test
    void ten_thousand_clients_of_one_address_fit_at_the_defaults() throws ConfigException {
        LiveConfig live = new LiveConfig(
                new ConfigLoader().load(Optional.empty(), Map.of()).config());
        FairShares clients = ArrivalRules.clientShares(live);
        UserConnections places = new UserConnections(live, 0);

        for (int i = 0; i < 10_000; i++) {
            assertThat(clients.enter("a", 16 * 1024, 0, () -> ended.add("connection")))
                    .isPresent();
            assertThat(places.enter("a", 0, () -> ended.add("place"))).isPresent();
        }

        assertThat(ended).isEmpty();
    }

    private Optional<FairShares.Share> enter(String owner, int number, long nowMs) {
        return shares.enter(owner, 1, nowMs, () -> ended.add(owner + number));
    }
}
