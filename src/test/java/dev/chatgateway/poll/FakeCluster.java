package dev.chatgateway.poll;

import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.cluster.Lease;
import dev.chatgateway.cluster.Leases;
import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.NodeState.ClusterView;
import dev.chatgateway.poll.schedule.Scheduler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** Nodes and the engine between them in virtual time: messages take a while, and are lost on demand. */
public final class FakeCluster {
    private static final long BEAT_MS = 1_000;

    /** Messages between nodes so far. */
    long messages;

    /** The same, by kind. */
    final Map<Class<?>, Integer> sent = new HashMap<>();

    final Scheduler ticker;
    final Map<String, Node> nodes = new LinkedHashMap<>();
    public final Map<String, Lease> claims = new HashMap<>();
    private final Random random;
    /** The share of messages that is lost. */
    double loss;
    /** Nodes that are cut off: nothing from them arrives, nothing reaches them. */
    public final Set<String> mute = new HashSet<>();

    public FakeCluster(Scheduler ticker, Random random) {
        this.ticker = ticker;
        this.random = random;
        ticker.schedule(BEAT_MS, this::beat);
    }

    /** A node's place; it is a member from now on. */
    public Cluster join(String name) {
        Node node = new Node(name);
        nodes.put(name, node);
        return new Cluster(node, node, () -> new ClusterView(name, List.copyOf(nodes.keySet()), true));
    }

    /** The node is gone without a word; the others know within a second. */
    public void lose(String name) {
        nodes.remove(name);
    }

    private void beat() {
        for (Node node : Set.copyOf(nodes.values())) {
            node.beat();
        }
        ticker.schedule(BEAT_MS, this::beat);
    }

    private final class Node implements Leases, NodeBus {
        private final String name;
        private final Set<String> known = new HashSet<>();
        private final Set<String> silent = new HashSet<>();
        /** Whose messages were lost since the last one that came. */
        private final Set<String> gaps = new HashSet<>();

        private Listener listener;

        Node(String name) {
            this.name = name;
        }

        private void beat() {
            if (listener == null) {
                return;
            }
            for (String other : Set.copyOf(known)) {
                if (!nodes.containsKey(other)) {
                    known.remove(other);
                    silent.remove(other);
                    listener.lost(other);
                } else if (mute.contains(other) || mute.contains(name)) {
                    if (silent.add(other)) {
                        listener.silent(other);
                    }
                } else {
                    if (silent.remove(other)) {
                        listener.heard(other);
                    }
                    gap(other);
                }
            }
            for (String other : nodes.keySet()) {
                if (!other.equals(name) && known.add(other)) {
                    listener.joined(other);
                }
            }
            listener.tick();
        }

        private void gap(String from) {
            if (gaps.remove(from)) {
                listener.gap(from);
            }
        }

        @Override
        public Future<Void> open(Listener teller) {
            listener = teller;
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            listener = null;
            return Future.succeededFuture();
        }

        @Override
        public String self() {
            return name;
        }

        @Override
        public Set<String> others() {
            return Set.copyOf(known);
        }

        @Override
        public boolean speaks(String node) {
            return node.equals(name) || (nodes.containsKey(node) && !silent.contains(node));
        }

        @Override
        public void send(String to, NodeMessage message) {
            Node target = nodes.get(to);
            if (target == null) {
                return;
            }
            messages++;
            sent.merge(message.getClass(), 1, Integer::sum);
            // In order: none overtakes another.
            ticker.schedule(2, () -> {
                if (nodes.get(to) != target || target.listener == null) {
                    return;
                }
                boolean lost = mute.contains(to) || mute.contains(name) || random.nextDouble() < loss;
                HistoryTrace.say(ticker, "%s to %s: %s%s", name, to, message, lost ? " LOST" : "");
                if (lost) {
                    target.gaps.add(name);
                    return;
                }
                target.gap(name);
                target.listener.message(name, message);
            });
        }

        @Override
        public Future<Lease> take(String threadId) {
            return later(() -> {
                Lease claim = claims.get(threadId);
                if (claim == null || !nodes.containsKey(claim.node())) {
                    claim = new Lease(name, claim == null ? 1 : claim.epoch() + 1);
                    claims.put(threadId, claim);
                }
                return claim;
            });
        }

        @Override
        public Future<Optional<String>> reader(String threadId) {
            return later(() ->
                    Optional.ofNullable(claims.get(threadId)).map(Lease::node).filter(nodes::containsKey));
        }

        @Override
        public Future<Boolean> handOver(String threadId, Lease mine, String to) {
            return later(() -> claims.replace(threadId, mine, new Lease(to, mine.epoch() + 1)));
        }

        @Override
        public Future<Void> release(String threadId, Lease mine) {
            return later(() -> {
                claims.remove(threadId, mine);
                return null;
            });
        }

        private <T> Future<T> later(Supplier<T> answer) {
            Promise<T> promise = Promise.promise();
            ticker.schedule(3, () -> promise.complete(answer.get()));
            return promise.future();
        }
    }
}
