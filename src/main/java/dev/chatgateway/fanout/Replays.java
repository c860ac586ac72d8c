package dev.chatgateway.fanout;

import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Replays of missed events for resuming subscribers. The poller returns one shared list to all subscribers that resume from
 * the same position, and its encoded form is shared too. The last few are kept, as many clients reconnect at the same time.
 */
final class Replays {
    private static final int MAX_ENTRIES = 16;

    private final String threadId;
    private final HubContext context;
    private final Deque<Entry> entries = new ArrayDeque<>();

    Replays(String threadId, HubContext context) {
        this.threadId = threadId;
        this.context = context;
    }

    private record Entry(CatchUp catchUp, PreparedUpdate replay) {}

    /** The missed events as an update that is delivered before all others. */
    PreparedUpdate of(Watched watched, CatchUp catchUp) {
        for (Entry entry : entries) {
            // The same list, not an equal one: comparing contents would cost more than encoding them.
            if (entry.catchUp.items() == catchUp.items()) {
                return entry.replay;
            }
        }
        List<EncodedEvent> events = catchUp.items().stream()
                .map(item -> new EncodedEvent(item, context.cursors()))
                .toList();
        ThreadUpdate update = new ThreadUpdate(
                threadId,
                PreparedUpdate.REPLAY,
                context.clock().millis(),
                watched.roster(),
                watched.position(),
                watched.snapshot(),
                catchUp.items(),
                List.of(),
                null);
        PreparedUpdate replay = new PreparedUpdate(update, events, context.cursors());
        entries.addLast(new Entry(catchUp, replay));
        if (entries.size() > MAX_ENTRIES) {
            entries.removeFirst();
        }
        return replay;
    }
}
