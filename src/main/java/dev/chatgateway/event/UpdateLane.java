package dev.chatgateway.event;

import dev.chatgateway.event.ThreadUpdate.Notice;
import io.vertx.core.shareddata.Shareable;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Updates on their way to one event loop, counted. The poller's context enters them, the loop takes them out. A thread of
 * which one did not fit gets none until the loop has taken all others out and told its subscribers to resync.
 */
final class UpdateLane implements Shareable {
    private final String address;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Set<String> overflowed = ConcurrentHashMap.newKeySet();

    UpdateLane(String address) {
        this.address = address;
    }

    /** Event bus address of the loop's consumer. */
    String address() {
        return address;
    }

    /** Whether there is room for an update. If not, its thread gets none until the loop has been told. */
    boolean enter(ThreadUpdate update, int bound) {
        if (inFlight.get() < bound && !overflowed.contains(update.threadId())) {
            inFlight.incrementAndGet();
            return true;
        }
        overflowed.add(update.threadId());
        return false;
    }

    /** What must be sent of an update that there was no room for. */
    Optional<ThreadUpdate> instead(ThreadUpdate update) {
        ThreadUpdate control = control(update);
        // If the loop took the last one out just before, nobody would look at what overflowed: so one is sent.
        if (control.notices().isEmpty() && control.ended() == null && inFlight.get() > 0) {
            return Optional.empty();
        }
        inFlight.incrementAndGet();
        return Optional.of(control);
    }

    /** The loop has taken an update out; the result are threads of which it has missed some. */
    Set<String> leave() {
        if (inFlight.decrementAndGet() > 0 || overflowed.isEmpty()) {
            return Set.of();
        }
        Set<String> missed = Set.copyOf(overflowed);
        overflowed.removeAll(missed);
        return missed;
    }

    /** Who may not be served any more must not be served because of a full lane. */
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
                List.of(),
                notices,
                null);
    }
}
