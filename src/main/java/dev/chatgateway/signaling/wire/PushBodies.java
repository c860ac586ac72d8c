package dev.chatgateway.signaling.wire;

import dev.chatgateway.event.ChatEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;

/**
 * The bodies of the events that sessions of one event loop were given last, so that an event is encoded once for all its
 * receivers. Sessions receive one and the same event object right after each other. Owned by the loop.
 */
public final class PushBodies {
    private static final int KEPT = 128;

    private final IdentityHashMap<ChatEvent, Push.Body> bodies = new IdentityHashMap<>();
    private final Deque<ChatEvent> order = new ArrayDeque<>();

    public Push.Body of(ChatEvent event) {
        Push.Body known = bodies.get(event);
        if (known != null) {
            return known;
        }
        Push.Body made = PushEncoder.encode(event);
        bodies.put(event, made);
        order.addLast(event);
        if (order.size() > KEPT) {
            bodies.remove(order.removeFirst());
        }
        return made;
    }
}
