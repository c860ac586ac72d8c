package dev.chatgateway.cluster;

import io.vertx.core.Future;
import java.util.Set;

/**
 * Messages between the nodes. They are numbered, so that duplicates are dropped and losses are noticed; a heartbeat each
 * second shows that a node is there. Nothing depends on the arrival of a message: a node that missed one requests the
 * state. Used on one context, the poller's.
 */
public interface NodeBus {
    /** Begins to listen and to send heartbeats, on the calling context. */
    Future<Void> open(Listener listener);

    /** Stops both. */
    Future<Void> close();

    /** This node's id. */
    String self();

    /** The other nodes that are members of the cluster. */
    Set<String> others();

    /** Whether a node is a member and was heard in the last seconds; always true for this one. */
    boolean speaks(String node);

    /** Sends a message, in order with all before; it is lost if the node is no member. */
    void send(String node, NodeMessage message);

    /** Hears of messages and members, on the bus's context. */
    public interface Listener {
        void message(String from, NodeMessage message);

        /** Messages of that node were lost. */
        void gap(String from);

        /** A node has joined the cluster, or joined it again. */
        void joined(String node);

        /** A node has left the cluster. */
        void lost(String node);

        /** A member was not heard for some seconds. */
        void silent(String node);

        /** A silent member is heard again. */
        void heard(String node);

        /** This node was blocked for some seconds: other nodes may have taken its leases. */
        void stalled();

        /** Called once a second. */
        void tick();
    }
}
