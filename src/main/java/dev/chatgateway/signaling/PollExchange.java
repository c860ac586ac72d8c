package dev.chatgateway.signaling;

import dev.chatgateway.signaling.handover.Grant;
import dev.chatgateway.signaling.wire.Packet;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What polling clients and their sessions exchange, on the node of the session. Runs on the session's event loop. Stateless. */
final class PollExchange {
    private PollExchange() {}

    /**
     * A poll has come.
     *
     * @param tag names the poll
     * @param version what the client says that it is
     * @param grant null if the client has shown no token lately: then it can continue its connection, but open none
     * @return the body of the answer; fails if the client must open its connection on another node
     */
    static Future<String> poll(
            SignalingSession session, String linkId, long tag, @Nullable String version, @Nullable Grant grant) {
        PollingLink link = session.polling(linkId);
        if (link == null && session.moves()) {
            return Future.failedFuture("the session moves to another node");
        }
        if (link == null && grant != null && !session.hasLeft(linkId)) {
            link = new PollingLink(linkId, version, session, session.loop().nowMs());
            session.attach(link, grant);
        }
        if (link == null || !link.open()) {
            return Future.succeededFuture(Packet.join(List.of(Packet.GOODBYE)));
        }
        return link.poll(tag, session.loop().nowMs());
    }

    /** The request of a poll has ended before its answer. */
    static void abandoned(SignalingSession session, String linkId, long tag) {
        PollingLink link = session.polling(linkId);
        if (link != null) {
            link.abandoned(tag);
        }
    }

    /** The client has sent packets. */
    static void received(SignalingSession session, String linkId, String body, boolean leaves) {
        PollingLink link = session.polling(linkId);
        List<String> packets = leaves ? List.of() : Packet.split(body);
        if (link != null && !link.allows(packets.size(), session.loop().nowMs())) {
            return;
        }
        boolean disconnects = leaves;
        for (String text : packets) {
            Packet packet = Packet.parse(text).orElse(null);
            byte[] answer = packet == null ? null : packet.answer();
            if (packet != null && packet.acknowledged() >= 0) {
                session.acknowledged(packet.acknowledged());
            } else if (answer != null && link != null) {
                link.send(answer);
            }
            disconnects |= packet != null && packet.type() == Packet.DISCONNECT;
        }
        if (disconnects && link != null) {
            link.end();
        }
    }
}
