package dev.chatgateway.poll;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.upstream.ChatServiceException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a thread's subscribers are told: events, notices, and how current they are. */
final class Announcer {
    private final ThreadState state;
    private final PollEnvironment env;
    private final FreshnessWatch freshness;

    Announcer(ThreadState state, PollEnvironment env) {
        this.state = state;
        this.env = env;
        freshness = new FreshnessWatch(state.pace, Digest.staleness(env.config().digestMs()));
    }

    /** How current events are now. */
    Freshness freshness() {
        return freshness.now(env.ticker().now());
    }

    /** After a round. */
    void round(Round round, boolean digest) {
        ChatServiceException failure = round.failure();
        List<Notice> notices = new ArrayList<>(round.notices());
        freshness.change(env.ticker().now(), digest, failure).ifPresent(notices::add);
        publish(round.items(), notices, round.deleted() ? EndReason.THREAD_DELETED : null);
    }

    /** Between rounds a digest has begun or ceased to watch the thread. */
    void source(boolean digest) {
        freshness
                .change(env.ticker().now(), digest, null)
                .ifPresent(notice -> publish(List.of(), List.of(notice), null));
    }

    /** One event that no round brought. */
    void event(Item item) {
        publish(List.of(item), List.of(), null);
    }

    /** Something that is known here was not told: nobody can go on from before, and all take fresh state. */
    void untold() {
        state.ring.clear();
        publish(List.of(), List.of(new Notice.Resync(ResyncReason.GAP)), null);
    }

    private void publish(List<Item> items, List<Notice> notices, @Nullable EndReason end) {
        if (items.isEmpty() && notices.isEmpty() && end == null && !state.rosterChanged) {
            return;
        }
        state.rosterChanged = false;
        env.out()
                .accept(new ThreadUpdate(
                        state.threadId,
                        env.revisions().next(),
                        env.ticker().now(),
                        state.roster,
                        state.position(),
                        items,
                        notices,
                        end));
    }
}
