package dev.chatgateway.replication;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.poll.Accounts;
import dev.chatgateway.poll.FakeCluster;
import dev.chatgateway.poll.FakeThread;
import dev.chatgateway.poll.ThreadRegistryFixture;
import dev.chatgateway.poll.VirtualTicker;
import dev.chatgateway.tracing.Tracer;
import dev.chatgateway.upstream.ChatOperation;
import dev.chatgateway.upstream.Priority;
import dev.chatgateway.upstream.RetryPolicy;
import dev.chatgateway.upstream.Timers;
import dev.chatgateway.upstream.quota.AdmissionRequest;
import dev.chatgateway.upstream.quota.CallAdmission;
import dev.chatgateway.upstream.quota.CallEnd;
import dev.chatgateway.upstream.quota.CallPermit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;

/** Nodes of a cluster that share the rate windows of threads, in virtual time. Each call goes through a node's admission. */
final class QuotaCluster {
    private static final List<String> USERS =
            List.of(ThreadRegistryFixture.ALICE, ThreadRegistryFixture.BOB, ThreadRegistryFixture.CAROL);

    private final VirtualTicker ticker = new VirtualTicker(1_800_000_000_123L);
    private final FakeThread thread = new FakeThread(ticker);
    private final FakeCluster cluster;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private int joined;

    QuotaCluster(long seed) {
        cluster = new FakeCluster(ticker, new Random(seed));
        USERS.forEach(user -> thread.join(user, 0));
    }

    /** One node. */
    final class Node {
        private final ThreadRegistryFixture fixture;
        private final CallAdmission admission;
        private final String user;
        private boolean paused;

        private Node(String name, String user) {
            Accounts accounts = Accounts.of(ticker::now);
            fixture = new ThreadRegistryFixture(
                    ThreadRegistryFixture.CONFIG, ticker, thread, accounts.place(cluster.join(name)));
            admission = new CallAdmission(accounts.quota().limiter(), timers(), Tracer.NONE);
            this.user = user;
        }
    }

    private Timers timers() {
        return new Timers() {
            @Override
            public long nowMs() {
                return ticker.now();
            }

            @Override
            public Cancellation after(long ms, Runnable task) {
                return ticker.schedule(ms, task)::cancel;
            }
        };
    }

    /** A new node, which watches the thread if there is one. */
    String join(String threadId) {
        String name = "node" + joined;
        String user = USERS.get(joined++ % USERS.size());
        Node node = new Node(name, user);
        nodes.put(name, node);
        if (threadId != null) {
            watch(name);
        }
        pass(3_000);
        return name;
    }

    /** A user of the node subscribes to the thread. */
    void watch(String name) {
        Node node = nodes.get(name);
        node.fixture.watch(node.user, EventGroup.all().toArray(EventGroup[]::new));
        pass(100);
    }

    String leader() {
        return cluster.claims.get(FakeThread.ID).node();
    }

    long now() {
        return ticker.now();
    }

    void pass(long ms) {
        ticker.pass(ms);
    }

    void mute(String name, boolean muted) {
        if (muted) {
            cluster.mute.add(name);
        } else {
            cluster.mute.remove(name);
        }
    }

    /** The node is not heard and makes no calls. */
    void pause(String name, long ms) {
        mute(name, true);
        nodes.get(name).paused = true;
        ticker.schedule(ms, () -> {
            mute(name, false);
            nodes.get(name).paused = false;
        });
    }

    void kill(String name) {
        cluster.lose(name);
        cluster.mute.add(name);
        Node node = nodes.remove(name);
        ((ReplicationService) node.fixture.env.owners()).close();
        node.fixture.poller.close();
    }

    /** The leader gives the thread to a follower. */
    void handOver() {
        nodes.get(leader()).fixture.env.owners().leave(false);
        pass(100);
    }

    /** How many writes the node is allowed at once. */
    int writeAll(String name) {
        return writeAll(name, FakeThread.ID);
    }

    int writeAll(String name, String threadId) {
        return callAll(name, threadId, ChatOperation.SEND_MESSAGE, Priority.SEND);
    }

    int callAll(String name, String threadId, ChatOperation operation, Priority priority) {
        int sent = 0;
        for (Optional<CallPermit> permit = call(name, threadId, operation, priority);
                permit.isPresent();
                permit = call(name, threadId, operation, priority)) {
            permit.get().end(new CallEnd.Completed(true));
            sent++;
        }
        return sent;
    }

    Optional<CallPermit> write(String name) {
        return call(name, FakeThread.ID, ChatOperation.SEND_MESSAGE, Priority.SEND);
    }

    /** A permit to call at once, from the node itself or from the owner of the thread's quota. */
    private Optional<CallPermit> call(String name, String threadId, ChatOperation operation, Priority priority) {
        Node node = nodes.get(name);
        AtomicReference<Optional<CallPermit>> decision = new AtomicReference<>();
        node.admission.admit(
                new AdmissionRequest(operation, node.user, threadId, priority, null),
                1,
                permit -> decision.set(atOnce(permit)),
                refused -> decision.set(Optional.empty()));
        ticker.passUntil(1_000, () -> decision.get() != null);
        return decision.get();
    }

    private static Optional<CallPermit> atOnce(CallPermit permit) {
        if (permit.waitMs() == 0) {
            return Optional.of(permit);
        }
        permit.end(new CallEnd.NotCounted());
        return Optional.empty();
    }

    /** One node writes as soon as it may; the moment when the service counts the call is added to the list. */
    void writeLater(String threadId, Random random, List<Long> counted) {
        List<Node> running = new ArrayList<>(
                nodes.values().stream().filter(node -> !node.paused).toList());
        Node node = running.get(random.nextInt(running.size()));
        boolean sends = random.nextInt(10) > 0;
        long there = random.nextInt(1_000);
        long back = random.nextInt(1_000);
        node.admission.admit(
                new AdmissionRequest(ChatOperation.SEND_MESSAGE, node.user, threadId, Priority.SEND, null),
                RetryPolicy.PATIENCE_MS,
                permit -> ticker.schedule(permit.waitMs(), () -> {
                    if (!sends) {
                        permit.end(new CallEnd.NotCounted());
                        return;
                    }
                    ticker.schedule(there, () -> {
                        counted.add(ticker.now());
                        ticker.schedule(back, () -> permit.end(new CallEnd.Completed(true)));
                    });
                }),
                refused -> {});
    }
}
