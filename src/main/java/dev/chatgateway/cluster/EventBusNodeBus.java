package dev.chatgateway.cluster;

import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link NodeBus} over Vert.x's clustered event bus: one address per node, and a heartbeat each second. */
final class EventBusNodeBus implements NodeBus {
    private static final Logger LOG = LoggerFactory.getLogger(EventBusNodeBus.class);
    private static final String ADDRESS = "chatgateway.node.";
    private static final long HEARTBEAT_MS = 1_000;
    /** A node that was not heard for so long counts as silent. */
    private static final long SILENT_MS = 3_000;
    /** Messages that a node has not acknowledged; beyond it only heartbeats are sent, and it will request the state. */
    private static final int MOST_UNACKNOWLEDGED = 10_000;

    private final Vertx vertx;
    private final String self;
    private final Supplier<? extends Collection<String>> members;
    private final GatewayMetrics metrics;
    private final NodeCodec codec = new NodeCodec();
    private final DeliveryOptions options = new DeliveryOptions();
    private final Map<String, Peer> peers = new HashMap<>();
    /** Nodes of which the listener was told that they have joined, and not yet that they have left. */
    private final Set<String> announced = new HashSet<>();

    private @Nullable Listener listener;
    private @Nullable MessageConsumer<Buffer> consumer;
    private long timer = -1;
    private long lastHeartbeatMs;

    /** @param members ids of all nodes of the cluster, this one among them; must not block */
    EventBusNodeBus(Vertx vertx, String self, Supplier<? extends Collection<String>> members, GatewayMetrics metrics) {
        this.vertx = vertx;
        this.self = self;
        this.members = members;
        this.metrics = metrics;
    }

    @Override
    public Future<Void> open(Listener callback) {
        listener = callback;
        UnsentMessages.watch(vertx.getOrCreateContext(), () -> metrics.limitHit("cluster.unsent"));
        consumer = vertx.eventBus().consumer(ADDRESS + self, message -> receive(message.body()));
        lastHeartbeatMs = nowMs();
        timer = vertx.setPeriodic(HEARTBEAT_MS, t -> heartbeat(callback));
        return consumer.completion();
    }

    @Override
    public Future<Void> close() {
        vertx.cancelTimer(timer);
        listener = null;
        MessageConsumer<Buffer> open = consumer;
        return open == null ? Future.succeededFuture() : open.unregister();
    }

    @Override
    public String self() {
        return self;
    }

    @Override
    public Set<String> others() {
        return Set.copyOf(announced);
    }

    @Override
    public boolean speaks(String node) {
        Peer peer = peers.get(node);
        return node.equals(self) || (peer != null && !peer.silent());
    }

    @Override
    public void send(String node, NodeMessage message) {
        // A message to a node that has left must not make a new peer.
        if (!peers.containsKey(node) && !members.get().contains(node)) {
            return;
        }
        Peer peer = peers.computeIfAbsent(node, n -> new Peer(nowMs()));
        long seq = peer.next();
        if (peer.unacknowledged() > MOST_UNACKNOWLEDGED) {
            metrics.limitHit("cluster.unacknowledged");
            return;
        }
        int size = post(node, new Envelope(self, peer.link(), seq, peer.got(), message));
        metrics.cluster().sent(NodeCodec.kind(message), size);
    }

    private int post(String node, Envelope envelope) {
        Buffer bytes = codec.encode(envelope);
        vertx.eventBus().send(ADDRESS + node, bytes, options);
        return bytes.length();
    }

    private void receive(Buffer bytes) {
        Envelope envelope;
        try {
            envelope = codec.decode(bytes);
        } catch (IOException unknown) {
            metrics.limitHit("cluster.malformed");
            return;
        }
        Listener callback = listener;
        if (callback == null) {
            return;
        }
        Peer peer = peers.computeIfAbsent(envelope.from(), n -> new Peer(nowMs()));
        Peer.Arrival arrival = peer.arrived(envelope, nowMs());
        if (peer.silent()) {
            peer.silent(false);
            callback.heard(envelope.from());
        }
        if (arrival == Peer.Arrival.AFTER_GAP) {
            metrics.limitHit("cluster.gap");
            callback.gap(envelope.from());
        }
        NodeMessage body = envelope.body();
        if (arrival == Peer.Arrival.DUPLICATE) {
            metrics.limitHit("cluster.duplicate");
        } else if (body != null) {
            callback.message(envelope.from(), body);
        }
    }

    private void heartbeat(Listener callback) {
        long now = nowMs();
        boolean stalled = now - lastHeartbeatMs > SILENT_MS;
        lastHeartbeatMs = now;
        updateMembers(now, callback, stalled);
        peers.forEach((node, peer) -> post(node, new Envelope(self, peer.link(), peer.sent(), peer.got(), null)));
        if (stalled) {
            LOG.warn("this node was blocked for some seconds");
            callback.stalled();
        }
        callback.tick();
    }

    /** Compares the members with those of the last second. A node that was blocked can't say that others were silent. */
    private void updateMembers(long now, Listener callback, boolean stalled) {
        Collection<String> all = members.get();
        for (String node : all) {
            if (!node.equals(self) && announced.add(node)) {
                // It may have been heard before Hazelcast named it.
                peers.computeIfAbsent(node, n -> new Peer(now));
                LOG.info("node {} has joined", node);
                callback.joined(node);
            }
        }
        for (String node : Set.copyOf(peers.keySet())) {
            Peer peer = peers.get(node);
            if (peer != null && !all.contains(node)) {
                removePeer(node, callback);
            } else if (peer != null && !peer.silent() && !stalled && now - peer.heardMs() > SILENT_MS) {
                peer.silent(true);
                LOG.warn("node {} is silent", node);
                callback.silent(node);
            }
        }
    }

    private void removePeer(String node, Listener callback) {
        peers.remove(node);
        if (announced.remove(node)) {
            LOG.info("node {} has left", node);
            callback.lost(node);
        }
    }

    private static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }
}
