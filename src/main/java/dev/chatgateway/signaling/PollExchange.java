package dev.chatgateway.signaling;

import dev.chatgateway.signaling.handover.Grant;
import dev.chatgateway.signaling.wire.Packet;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What polling clients and their sessions exchange, on the session's node and event loop. Stateless. */
final class PollExchange {
    private PollExchange() {}

    /**
     * A poll has come.
     *
     * @param tag names the poll
     * @param version what the client says that it is
     * @param grants the token that the client has shown lately; asked only if the poll opens a connection; never fails
     * @return the body of the answer; fails if the client must open its connection on another node
     */
    static Future<String> poll(
            SignalingSession session,
            String linkId,
            long tag,
            @Nullable String version,
            Supplier<Future<Optional<Grant>>> grants) {
        if (session.polling(linkId) != null) {
            return poll(session, linkId, tag);
        } else if (session.moves()) {
            return Future.failedFuture("the session moves to another node");
        } else if (session.hasLeft(linkId)) {
            return goodbye();
        }
        Promise<String> promise = Promise.promise();
        grants.get().onSuccess(grant -> session.loop().later(() -> {
            if (session.polling(linkId) == null && grant.isPresent()) {
                long nowMs = session.loop().nowMs();
                session.attach(new PollingLink(linkId, version, session, nowMs), grant.get());
            }
            poll(session, linkId, tag).onComplete(promise);
        }));
        return promise.future();
    }

    private static Future<String> poll(SignalingSession session, String linkId, long tag) {
        PollingLink link = session.polling(linkId);
        return link == null || !link.open()
                ? goodbye()
                : link.poll(tag, session.loop().nowMs());
    }

    private static Future<String> goodbye() {
        return Future.succeededFuture(Packet.join(List.of(Packet.GOODBYE)));
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
            long pushId = packet == null ? -1 : packet.acknowledged();
            if (pushId >= 0) {
                session.acknowledged(pushId);
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
