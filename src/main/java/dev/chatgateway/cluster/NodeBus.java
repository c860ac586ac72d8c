package dev.chatgateway.cluster;

import io.vertx.core.Future;
import java.util.Set;

/**
 * Messages between the nodes. Counted, so that duplicates are dropped and losses noticed; beats tell silence. Nothing
 * depends on a message's arrival: who misses one asks for the state. Used on one context, the poller's.
 */
public interface NodeBus {
    /** Begins to listen and to beat, on the calling context. */
    Future<Void> open(Listener teller);

    /** Stops both. */
    Future<Void> close();

    /** This node's id. */
    String self();

    /** The other nodes that are part of the cluster. */
    Set<String> others();

    /** Whether a node is a member and was heard in the last seconds; this one always. */
    boolean speaks(String node);

    /** Tells another node something, in order with all before; lost if it is no member. */
    void send(String node, NodeMessage message);

    /** What is told of other nodes, on the bus's context. */
    public interface Listener {
        void message(String from, NodeMessage message);

        /** Messages of that node were lost. */
        void gap(String from);

        /** A node has joined, or come back. */
        void joined(String node);

        /** The node is no part of the cluster any more. */
        void lost(String node);

        /** A member that has not been heard for some seconds. */
        void silent(String node);

        /** It is heard again. */
        void heard(String node);

        /** This node stood still for some seconds: others may have taken over what it did. */
        void stalled();

        /** Once a second. */
        void tick();
    }
}
