package dev.chatgateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.poll.FakeThread;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.quota.CallEnd;
import dev.chatgateway.upstream.quota.CallPermit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two nodes that write to one thread: ten messages in ten seconds, thirty in a minute, whoever writes them. */
class RemotePermitsTest {
    private final QuotaCluster cluster = new QuotaCluster(3);
    private String leader = "";
    private String follower = "";

    @BeforeEach
    void two_nodes() {
        cluster.join(FakeThread.ID);
        cluster.join(FakeThread.ID);
        leader = cluster.leader();
        follower = leader.equals("node0") ? "node1" : "node0";
    }

    @Test
    void follower_may_use_nearly_all_that_nobody_else_uses() {
        assertThat(cluster.writeAll(follower))
                .as("its own two, and seven permits")
                .isEqualTo(9);
        assertThat(cluster.writeAll(leader)).as("the permits are used").isZero();
    }

    @Test
    void call_that_was_not_sent_is_given_back() {
        for (int i = 0; i < 50; i++) {
            cluster.write(follower).orElseThrow().end(new CallEnd.NotCounted());
            cluster.pass(10);
        }
        assertThat(cluster.writeAll(leader)).isEqualTo(7);
    }

    @Test
    void pause_after_a_429_on_a_follower_is_for_all() {
        useOwnPart();
        cluster.write(follower).orElseThrow().end(new CallEnd.Throttled(4_000));
        cluster.pass(10);
        assertThat(cluster.writeAll(leader)).isZero();
        assertThat(cluster.writeAll(follower)).isZero();
        cluster.pass(4_000);
        assertThat(cluster.writeAll(leader)).isPositive();
    }

    @Test
    void permit_that_does_not_end_counts_as_used_after_30_s() {
        useOwnPart();
        for (int i = 0; i < 7; i++) {
            assertThat(cluster.write(follower)).isPresent();
        }
        cluster.pass(29_000);
        assertThat(cluster.writeAll(leader)).isZero();
        cluster.pass(12_000);
        assertThat(cluster.writeAll(leader)).isPositive();
    }

    @Test
    void owner_that_does_not_answer_costs_250_ms() {
        useOwnPart();
        cluster.mute(leader, true);
        long before = cluster.now();
        assertThat(cluster.write(follower)).isEmpty();
        assertThat(cluster.now() - before).isBetween(250L, 299L);
        cluster.mute(leader, false);
        cluster.pass(5_000);
        assertThat(cluster.write(follower))
                .as("a permit that came too late was given back")
                .isPresent();
    }

    @Test
    void node_that_does_not_watch_the_thread_gets_permits() {
        String other = cluster.join(null);
        assertThat(cluster.writeAll(other)).as("the follower's part is its own").isEqualTo(7);
        assertThat(cluster.writeAll(leader)).isZero();
    }

    @Test
    void one_node_owns_the_quota_of_a_thread_without_leader() {
        cluster.join(null);
        for (String threadId : List.of("t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8")) {
            Map<String, Integer> sent = new HashMap<>();
            for (String node : List.of("node0", "node1", "node2")) {
                sent.put(node, cluster.writeAll(node, threadId));
            }
            assertThat(sent.values().stream().mapToInt(n -> n).sum())
                    .as(threadId + " " + sent)
                    .isEqualTo(10);
        }
    }

    /** A user's windows in a thread are divided as the thread's are. */
    @Test
    void user_of_a_follower_does_not_exceed_its_own_windows() {
        assertThat(cluster.callAll(follower, FakeThread.ID, ChatOperation.SEND_READ_RECEIPT, Priority.SEND))
                .isBetween(8, 10);
    }

    @Test
    void new_leader_knows_what_the_old_one_used() {
        int sent = cluster.writeAll(leader);
        assertThat(sent).isEqualTo(7);
        cluster.handOver();
        cluster.pass(1_000);
        assertThat(cluster.leader()).isEqualTo(follower);
        sent += cluster.writeAll(follower) + cluster.writeAll(leader);
        assertThat(sent).isBetween(9, 10);
    }

    @Test
    void new_leader_of_a_quiet_thread_has_its_whole_part_at_once() {
        cluster.handOver();
        cluster.pass(1_000);
        assertThat(cluster.writeAll(follower)).as("with permits of none").isBetween(7, 9);
    }

    @Test
    void new_leader_of_a_lost_one_has_an_even_part_for_a_minute() {
        int sent = cluster.writeAll(leader);
        cluster.kill(leader);
        cluster.pass(3_000);
        assertThat(cluster.leader()).isEqualTo(follower);
        sent += cluster.writeAll(follower);
        assertThat(sent).isBetween(9, 10);
        cluster.pass(61_000);
        assertThat(cluster.writeAll(follower)).as("alone, after a window").isEqualTo(10);
    }

    @Test
    void new_leader_without_a_follower_before_it_has_an_even_part() {
        String other = cluster.join(null);
        cluster.kill(follower);
        cluster.pass(62_000);
        assertThat(cluster.writeAll(leader)).isEqualTo(10);
        cluster.kill(leader);
        cluster.pass(100);
        cluster.watch(other);
        assertThat(cluster.leader()).isEqualTo(other);
        assertThat(cluster.writeAll(other)).isEqualTo(2);
    }

    @Test
    void node_that_does_not_watch_the_thread_waits_for_its_owner() {
        String other = cluster.join(null);
        cluster.mute(leader, true);
        assertThat(cluster.writeAll(other)).isZero();
        cluster.mute(leader, false);
        cluster.pass(2_000);
        assertThat(cluster.writeAll(other)).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void windows_hold_while_all_nodes_write(long seed) {
        List<Long> counted = run(seed, 10_000, () -> {});
        assertThat(most(counted, 60_000)).as("writes in a minute").isGreaterThan(24);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void windows_hold_when_the_owner_is_paused_for_3_s(long seed) {
        List<Long> counted = run(seed, 17_000, () -> cluster.pause(cluster.leader(), 3_000));
        assertThat(most(counted, 60_000)).as("writes in a minute").isGreaterThan(15);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void windows_hold_when_the_owner_changes_every_5_s(long seed) {
        List<Long> counted = run(seed, 5_000, cluster::handOver);
        assertThat(most(counted, 60_000)).as("writes in a minute").isGreaterThan(15);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void windows_hold_when_the_owner_is_killed(long seed) {
        run(seed, 45_000, () -> {
            cluster.kill(cluster.leader());
            cluster.join(FakeThread.ID);
        });
    }

    private void useOwnPart() {
        for (int i = 0; i < 2; i++) {
            CallPermit permit = cluster.write(follower).orElseThrow();
            permit.end(new CallEnd.Completed(true));
        }
    }

    /** Three nodes that watch the thread, and one that does not, write as often as they may for five minutes. */
    private List<Long> run(long seed, long everyMs, Runnable event) {
        cluster.join(FakeThread.ID);
        cluster.join(null);
        cluster.pass(61_000);
        List<Long> counted = new ArrayList<>();
        Random random = new Random(seed);
        long next = cluster.now() + everyMs;
        for (int i = 0; i < 3_000; i++) {
            cluster.pass(random.nextInt(200));
            cluster.writeLater(FakeThread.ID, random, counted);
            if (cluster.now() >= next) {
                event.run();
                next += everyMs;
            }
        }
        assertThat(counted).hasSizeGreaterThan(30);
        assertThat(most(counted, 10_000)).as("writes in ten seconds").isLessThanOrEqualTo(10);
        assertThat(most(counted, 60_000)).as("writes in a minute").isLessThanOrEqualTo(30);
        return counted;
    }

    /** The most calls that any window of the service held. */
    private static int most(List<Long> counted, long windowMs) {
        List<Long> sorted = counted.stream().sorted().toList();
        int most = 0;
        int from = 0;
        for (int to = 0; to < sorted.size(); to++) {
            while (sorted.get(to) - sorted.get(from) >= windowMs) {
                from++;
            }
            most = Math.max(most, to - from + 1);
        }
        return most;
    }
}
