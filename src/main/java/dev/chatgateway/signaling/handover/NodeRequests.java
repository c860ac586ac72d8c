package dev.chatgateway.signaling.handover;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Requests between nodes about sessions, over the event bus: one address for each node. Thread-safe. */
final class NodeRequests {
    private static final String ADDRESS = "chatgateway.signaling.";
    private static final String KIND = "kind";
    private static final String HAND_OVER = "handOver";
    private static final String FORWARD = "forward";
    private static final String USER = "user";
    private static final String REGISTRATION = "registration";
    /** Longer than a node waits for the acknowledgements of what it has just pushed. */
    private static final long HAND_OVER_MS = 2_000;
    /** Failure code of a request that the other node could not serve. */
    private static final int FAILED = 500;

    private final Vertx vertx;
    private final String self;
    private volatile @Nullable MessageConsumer<Buffer> consumer;

    NodeRequests(Vertx vertx, String self) {
        this.vertx = vertx;
        this.self = self;
    }

    String self() {
        return self;
    }

    Future<Void> open(SessionDirectory.Holder holder) {
        MessageConsumer<Buffer> made = vertx.eventBus().consumer(ADDRESS + self, message -> serve(message, holder));
        consumer = made;
        return made.completion();
    }

    Future<Void> close() {
        MessageConsumer<Buffer> open = consumer;
        return open == null ? Future.succeededFuture() : open.unregister();
    }

    private static void serve(Message<Buffer> message, SessionDirectory.Holder holder) {
        SessionKey key =
                new SessionKey(message.headers().get(USER), message.headers().get(REGISTRATION));
        Future<Buffer> answer = HAND_OVER.equals(message.headers().get(KIND))
                ? holder.handOver(key).map(position -> position.map(saved -> Buffer.buffer(saved.text()))
                        .orElseGet(Buffer::buffer))
                : holder.forwarded(key, message.body());
        answer.onSuccess(message::reply).onFailure(failure -> message.fail(FAILED, "not served"));
    }

    /** Asks a node to end a session; empty if it does not hold it. */
    Future<Optional<SavedSession>> handOver(String node, SessionKey key) {
        return request(node, HAND_OVER, key, Buffer.buffer(), HAND_OVER_MS)
                .map(body -> SavedSession.of(body.toString()));
    }

    Future<Buffer> forward(String node, SessionKey key, Buffer request, long limitMs) {
        return request(node, FORWARD, key, request, limitMs);
    }

    private Future<Buffer> request(String node, String kind, SessionKey key, Buffer body, long limitMs) {
        DeliveryOptions options = new DeliveryOptions()
                .setSendTimeout(limitMs)
                .addHeader(KIND, kind)
                .addHeader(USER, key.userId())
                .addHeader(REGISTRATION, key.registrationId());
        return vertx.eventBus().<Buffer>request(ADDRESS + node, body, options).map(Message::body);
    }
}
