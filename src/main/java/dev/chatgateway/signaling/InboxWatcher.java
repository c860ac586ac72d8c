package dev.chatgateway.signaling;

import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.InboxUpdate;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Brings changes of users' thread lists to the sessions of one event loop. Owned by the loop. */
final class InboxWatcher {
    private final Vertx vertx;
    private final Map<String, Set<Listener>> sessions = new HashMap<>();
    private @Nullable MessageConsumer<InboxUpdate> consumer;

    /** Receives the changes of one user's thread list. */
    interface Listener {
        String userId();

        void listChanged(InboxUpdate update);
    }

    InboxWatcher(Vertx vertx) {
        this.vertx = vertx;
    }

    Future<Void> start() {
        MessageConsumer<InboxUpdate> made =
                vertx.eventBus().localConsumer(InboxFeed.UPDATES, message -> publish(message.body()));
        consumer = made;
        return made.completion();
    }

    Future<Void> close() {
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }

    void add(Listener session) {
        sessions.computeIfAbsent(session.userId(), user -> new LinkedHashSet<>())
                .add(session);
    }

    void remove(Listener session) {
        sessions.computeIfPresent(session.userId(), (user, of) -> {
            of.remove(session);
            return of.isEmpty() ? null : of;
        });
    }

    private void publish(InboxUpdate update) {
        Set<Listener> of = sessions.get(update.userId());
        if (of != null) {
            List.copyOf(of).forEach(session -> session.listChanged(update));
        }
    }
}
