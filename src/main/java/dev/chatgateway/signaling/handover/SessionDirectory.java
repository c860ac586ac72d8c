package dev.chatgateway.signaling.handover;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;

/**
 * Which node holds a session, the position that the cluster keeps of it, and the tokens of clients that are about to
 * connect to any node. Every call has a time limit. Any context; results may come on any other.
 */
public interface SessionDirectory {
    /** For a single node: nothing is shared, all calls end at once. */
    SessionDirectory SINGLE = new SingleNode();

    /** What other nodes ask of this one. Called on any context. */
    interface Holder {
        /** Ends the session here; the result is its last position, empty if this node does not hold it. */
        Future<Optional<SavedSession>> handOver(SessionKey key);

        /** A client's request about a session of this node has reached another node; the result answers it. */
        Future<Buffer> forwarded(SessionKey key, Buffer request);
    }

    /** Begins to serve the requests of other nodes. */
    Future<Void> open(Holder holder);

    /** Stops serving them. What is saved remains, and another node may continue from it. */
    Future<Void> close();

    /** Whether there are other nodes that clients may reach. */
    boolean shared();

    /** Lets a client connect to any node for two minutes with a token that the service has accepted. */
    Future<Void> grant(SessionKey key, Grant grant);

    /** The token that a client has shown to any node in the last two minutes. */
    Future<Optional<Grant>> granted(SessionKey key);

    /** The other node that holds a session; empty if none does, or it is no member of the cluster any more. */
    Future<Optional<String>> holder(SessionKey key);

    /** Passes a client's request to the node that holds its session. */
    Future<Buffer> forward(String node, SessionKey key, Buffer request, long limitMs);

    /**
     * Makes this node the holder of a session. The node that held it ends it and tells its position; if that node does not
     * answer, the position that it saved last counts. Empty if there is none: the session is new.
     */
    Future<Optional<SavedSession>> claim(SessionKey key);

    /** Keeps the position of a session of this node; false if another node holds the session by now. */
    Future<Boolean> save(SessionKey key, SavedSession session);

    /** A session of this node has ended for good. */
    Future<Void> remove(SessionKey key);

    /** Nothing is shared with anybody. */
    final class SingleNode implements SessionDirectory {
        private SingleNode() {}

        @Override
        public Future<Void> open(Holder holder) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }

        @Override
        public boolean shared() {
            return false;
        }

        @Override
        public Future<Void> grant(SessionKey key, Grant grant) {
            return Future.succeededFuture();
        }

        @Override
        public Future<Optional<Grant>> granted(SessionKey key) {
            return Future.succeededFuture(Optional.empty());
        }

        @Override
        public Future<Optional<String>> holder(SessionKey key) {
            return Future.succeededFuture(Optional.empty());
        }

        @Override
        public Future<Buffer> forward(String node, SessionKey key, Buffer request, long limitMs) {
            return Future.failedFuture("no other node");
        }

        @Override
        public Future<Optional<SavedSession>> claim(SessionKey key) {
            return Future.succeededFuture(Optional.empty());
        }

        @Override
        public Future<Boolean> save(SessionKey key, SavedSession session) {
            return Future.succeededFuture(true);
        }

        @Override
        public Future<Void> remove(SessionKey key) {
            return Future.succeededFuture();
        }
    }
}
