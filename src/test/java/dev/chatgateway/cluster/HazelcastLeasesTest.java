package dev.chatgateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which node gets a lease that several acquire. */
class HazelcastLeasesTest {
    private final Vertx vertx = Vertx.vertx();
    private final Set<String> members = new HashSet<>(Set.of("a", "b"));
    private AsyncMap<String, String> map;
    private Leases a;
    private Leases b;

    @BeforeEach
    void open() throws Exception {
        map = get(vertx.sharedData().getLocalAsyncMap("claims"));
        a = new HazelcastLeases(map, "a", members::contains);
        b = new HazelcastLeases(map, "b", members::contains);
    }

    @AfterEach
    void close() throws Exception {
        get(vertx.close());
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void first_node_gets_the_lease_and_the_other_learns_of_it() throws Exception {
        assertThat(get(a.acquire("t"))).isEqualTo(new Lease("a", 1));
        assertThat(get(b.acquire("t"))).isEqualTo(new Lease("a", 1));
        assertThat(get(a.acquire("t"))).isEqualTo(new Lease("a", 1));
    }

    @Test
    void lease_acquired_by_two_nodes_at_once_goes_to_one() throws Exception {
        Future<Lease> one = a.acquire("t");
        Future<Lease> other = b.acquire("t");
        assertThat(get(one)).isEqualTo(get(other));
    }

    @Test
    void lease_of_a_node_that_left_is_replaced() throws Exception {
        get(a.acquire("t"));
        members.remove("a");
        assertThat(get(b.acquire("t"))).isEqualTo(new Lease("b", 2));
        assertThat(get(map.get("t"))).isEqualTo("2@b");
    }

    @Test
    void malformed_lease_is_replaced() throws Exception {
        for (String text : new String[] {"", "@", "x@a", "7", "@a"}) {
            get(map.put("t", text));
            assertThat(get(b.acquire("t"))).as(text).isEqualTo(new Lease("b", 1));
        }
    }

    @Test
    void lease_is_handed_over_only_by_its_holder() throws Exception {
        Lease mine = get(a.acquire("t"));
        assertThat(get(a.handOver("t", mine, "b"))).isTrue();
        assertThat(get(a.handOver("t", mine, "b"))).isFalse();
        assertThat(get(a.acquire("t"))).isEqualTo(new Lease("b", 2));
    }

    @Test
    void lease_is_released_only_in_its_own_term() throws Exception {
        Lease mine = get(a.acquire("t"));
        get(b.release("t", new Lease("b", 1)));
        assertThat(get(b.acquire("t"))).isEqualTo(mine);
        get(a.release("t", mine));
        assertThat(get(b.acquire("t"))).isEqualTo(new Lease("b", 1));
    }
}
