package dev.chatgateway.event;

import dev.chatgateway.event.ThreadUpdate.Notice;
import io.vertx.core.shareddata.Shareable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the updates in flight to one event loop. The poller's context adds, the event loop removes. After an update of a
 * thread was dropped, all further updates of the thread are dropped too, until the event loop has received everything in
 * flight and has sent a resync to the thread's subscribers.
 */
final class UpdateLane implements Shareable {
    private final String address;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Set<String> overflowed = ConcurrentHashMap.newKeySet();

    UpdateLane(String address) {
        this.address = address;
    }

    /** Event bus address of the event loop's consumer. */
    String address() {
        return address;
    }

    /** Adds an update unless the limit is reached or an update of its thread was dropped before; false if it is dropped. */
    boolean tryAdd(ThreadUpdate update, int bound) {
        if (inFlight.get() < bound && !overflowed.contains(update.threadId())) {
            inFlight.incrementAndGet();
            return true;
        }
        overflowed.add(update.threadId());
        return false;
    }

    /** The part of a dropped update that must be sent anyway. */
    Optional<ThreadUpdate> controlOf(ThreadUpdate update) {
        ThreadUpdate control = control(update);
        // With nothing in flight the event loop would never look at the overflowed threads, so an empty update is sent.
        if (control.notices().isEmpty() && control.ended() == null && inFlight.get() > 0) {
            return Optional.empty();
        }
        inFlight.incrementAndGet();
        return Optional.of(control);
    }

    /** Removes a received update. Returns the threads of which updates were dropped, once nothing is in flight. */
    Set<String> remove() {
        if (inFlight.decrementAndGet() > 0 || overflowed.isEmpty()) {
            return Set.of();
        }
        Set<String> missed = Set.copyOf(overflowed);
        overflowed.removeAll(missed);
        return missed;
    }

    /** The notices that stop, pause or resume a delivery: users who are refused must not be served because of an overload. */
    private static ThreadUpdate control(ThreadUpdate update) {
        if (update.ended() != null) {
            return update;
        }
        List<Notice> notices = update.notices().stream()
                .filter(n -> n instanceof Notice.Paused || n instanceof Notice.Resumed || n instanceof Notice.Ended)
                .toList();
        return new ThreadUpdate(
                update.threadId(),
                update.revision(),
                update.seenAtMs(),
                update.roster(),
                update.position(),
                update.snapshot(),
                List.of(),
                notices,
                null);
    }
}
