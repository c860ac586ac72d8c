package dev.chatgateway.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.cluster.Lease;
import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.Accounts;
import dev.chatgateway.poll.FakeCluster;
import dev.chatgateway.poll.VirtualScheduler;
import dev.chatgateway.poll.state.LocalThreads;
import dev.chatgateway.poll.state.ReplicatedThread;
import dev.chatgateway.poll.state.SubscriberNeeds;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LeaseRenewalTest {
    /** A leader removes a follower that was not heard for so long. */
    private static final long FORGOTTEN_MS = 45_000;

    private final VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
    private final FakeCluster nodes = new FakeCluster(ticker, new Random(3));
    private final Cluster follower = nodes.join("follower");
    private final Cluster leader = nodes.join("leader");
    private final ReplicationService service = new ReplicationService(
            Accounts.of(ticker::now).place(follower), ticker, GatewayMetrics.unread(), service -> new Heard());
    private final LeaseRenewal cycle = new LeaseRenewal(service, ticker);
    private final Map<String, Long> renewed = new HashMap<>();
    private long longest;

    /** The nodes watch no thread, so that renewals are sent but no state requests. */
    LeaseRenewalTest() {
        service.start(new NoThreads());
    }

    /** With one bound for checks and renewals a follower of more than 45,000 threads was removed again and again. */
    @Test
    void follower_of_many_threads_is_not_removed() {
        leader.bus().open(new Heard());
        for (int i = 0; i < 120_000; i++) {
            String threadId = "t" + i;
            service.roles().put(threadId, new Role.Follower(new Lease("leader", 1)));
            renewed.put(threadId, ticker.now());
        }
        for (int second = 0; second < 120; second++) {
            cycle.tick();
            ticker.pass(1_000);
        }
        renewed.values().forEach(at -> longest = Math.max(longest, ticker.now() - at));
        assertThat(longest).isLessThan(FORGOTTEN_MS / 2);
    }

    private static final class NoThreads implements LocalThreads {
        @Override
        public SubscriberNeeds needs(String threadId) {
            return null;
        }

        @Override
        public ReplicatedThread active(String threadId) {
            return null;
        }

        @Override
        public void applyRefreshHint(Poke hint, boolean pushed) {}

        @Override
        public void applyTyping(TypingIndicator typing, boolean throttled) {}
    }

    private final class Heard implements NodeBus.Listener {
        @Override
        public void message(String from, NodeMessage message) {
            ((NodeMessage.Renewal) message)
                    .threadIds()
                    .forEach(threadId ->
                            longest = Math.max(longest, ticker.now() - renewed.put(threadId, ticker.now())));
        }

        @Override
        public void gap(String from) {}

        @Override
        public void joined(String node) {}

        @Override
        public void lost(String node) {}

        @Override
        public void silent(String node) {}

        @Override
        public void heard(String node) {}

        @Override
        public void stalled() {}

        @Override
        public void tick() {}
    }
}
