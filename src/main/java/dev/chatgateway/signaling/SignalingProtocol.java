package dev.chatgateway.signaling;

import dev.chatgateway.config.PublicOrigin;
import dev.chatgateway.signaling.wire.SignalingUrls;
import dev.chatgateway.socket.SocketProtocol;
import io.vertx.core.json.JsonObject;

/** Makes the live channel's part of each event loop. */
public final class SignalingProtocol {
    private SignalingProtocol() {}

    /** The document that names the live channel to a client: addresses below this origin. */
    public static JsonObject configuration(PublicOrigin origin) {
        return SignalingUrls.configuration(origin);
    }

    /** The factory for all event loops of a node. */
    public static SocketProtocol.Factory of(SignalingNode node) {
        return (vertx, context, hub) -> new SignalingLoop(
                new LoopContext(node, vertx, context, new HubAdapter(hub, node.inboxes(), node.cursors())));
    }
}
