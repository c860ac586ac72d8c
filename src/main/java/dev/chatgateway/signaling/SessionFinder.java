package dev.chatgateway.signaling;

import dev.chatgateway.signaling.handover.Grant;
import dev.chatgateway.signaling.handover.SavedSession;
import dev.chatgateway.signaling.handover.SessionKey;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the session of a client that has reached this node: here, or on another node of the cluster, from which it moves to
 * this one. For one event loop; results come on it, at once on a single node.
 */
final class SessionFinder {
    private final LoopContext loop;
    private final SignalingNode node;
    private final Maker maker;

    SessionFinder(LoopContext loop, Maker maker) {
        this.loop = loop;
        this.maker = maker;
        node = loop.node();
    }

    /** Makes a session that this event loop owns. */
    @FunctionalInterface
    interface Maker {
        SignalingSession make(SessionKey key, String pushUrl, Grant grant, @Nullable SavedSession saved);
    }

    /**
     * Lets a client connect to any node.
     *
     * @return false if the user, or this node, has no room for the session; fails if the cluster does not answer
     */
    Future<Boolean> grant(SessionKey key, Grant grant) {
        if (!node.registry().admit(key)) {
            return Future.succeededFuture(false);
        }
        if (!node.grants().put(key, grant)) {
            node.metrics().limitHit("signaling.grants");
            return Future.succeededFuture(false);
        }
        return here(node.directory().grant(key, grant)).map(true);
    }

    /**
     * The token that a client has shown to any node lately, unless the service has refused it since. The directory has the
     * newest; that of this node counts only if the directory does not answer.
     */
    Future<Optional<Grant>> granted(SessionKey key) {
        Optional<Grant> own = node.grants().find(key);
        Future<Optional<Grant>> newest = !node.directory().shared()
                ? Future.succeededFuture(own)
                : here(node.directory().granted(key))
                        .map(shown -> shown.or(() -> own))
                        .recover(silent -> own.isPresent() ? Future.succeededFuture(own) : Future.failedFuture(silent));
        return newest.map(found -> found.filter(grant -> !node.tokens().doubted(grant.token())));
    }

    Optional<SignalingSession> local(SessionKey key) {
        return node.registry().find(key).map(SignalingSession.class::cast);
    }

    /** The session, made or moved to this node if it is not here; empty if it would be one too many. */
    Future<Optional<SignalingSession>> open(SessionKey key, String pushUrl, Grant grant) {
        Optional<SignalingSession> known = local(key);
        if (known.isPresent()) {
            return Future.succeededFuture(known);
        }
        // Before the claim: a session that finds no room here must not be ended on the node that holds it.
        if (!node.registry().admit(key)) {
            return Future.succeededFuture(Optional.empty());
        }
        return here(node.directory().claim(key)).map(saved -> node.registry()
                .open(key, wanted -> maker.make(wanted, pushUrl, grant, saved.orElse(null)))
                .map(SignalingSession.class::cast));
    }

    /** The other node that holds a session. */
    Future<Optional<String>> elsewhere(SessionKey key) {
        return here(node.directory().holder(key));
    }

    /** A result of the directory, on this event loop. */
    private <T> Future<T> here(Future<T> result) {
        if (!node.directory().shared()) {
            return result;
        }
        Promise<T> promise = Promise.promise();
        result.onComplete(done -> loop.later(() -> promise.handle(done)));
        return promise.future();
    }
}
