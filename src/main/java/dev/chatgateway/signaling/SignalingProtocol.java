package dev.chatgateway.signaling;

import dev.chatgateway.socket.SocketProtocol;

/** Makes the live channel's part of each event loop. */
public final class SignalingProtocol {
    private SignalingProtocol() {}

    /** The factory for all event loops of a node. */
    public static SocketProtocol.Factory of(SignalingNode node) {
        return (vertx, context, hub) -> new SignalingLoop(
                new LoopContext(node, vertx, context, new HubAdapter(hub, node.inboxes(), node.cursors())));
    }
}
