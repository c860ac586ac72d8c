package dev.chatgateway.fanout;

import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * What those missed who come back to a thread, each encoded once for all who stopped at the same point: the poller hands
 * them one and the same answer. The last few are kept, as clients come back in storms.
 */
final class Replays {
    private static final int KEPT = 16;

    private final String threadId;
    private final HubContext env;
    private final Deque<Made> made = new ArrayDeque<>();

    Replays(String threadId, HubContext env) {
        this.threadId = threadId;
        this.env = env;
    }

    private record Made(CatchUp catchUp, PreparedUpdate batch) {}

    /** The missed events as an update that comes before all others. */
    PreparedUpdate of(Watched watched, CatchUp catchUp) {
        for (Made before : made) {
            // The same list, not an equal one: comparing contents would cost more than encoding them.
            if (before.catchUp.items() == catchUp.items()) {
                return before.batch;
            }
        }
        List<EncodedEvent> texts = catchUp.items().stream()
                .map(item -> new EncodedEvent(item, env.cursors()))
                .toList();
        ThreadUpdate update = new ThreadUpdate(
                threadId,
                PreparedUpdate.REPLAY,
                env.clock().millis(),
                watched.roster(),
                watched.position(),
                catchUp.items(),
                List.of(),
                null);
        PreparedUpdate batch = new PreparedUpdate(update, texts, env.cursors());
        made.addLast(new Made(catchUp, batch));
        if (made.size() > KEPT) {
            made.removeFirst();
        }
        return batch;
    }
}
