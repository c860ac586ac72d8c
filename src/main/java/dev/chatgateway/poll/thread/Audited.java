package dev.chatgateway.poll.thread;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.poll.schedule.PollTask;
import dev.chatgateway.poll.state.ThreadState;

/**
 * A thread as an audit finds it at one moment.
 *
 * @param busy whether a reading is under way or waits for a slot
 * @param ended whether the thread is read no more
 * @param covered whether a digest watches it for new messages
 * @param listedAt when the last listing of its own began, epoch milliseconds
 */
public record Audited(
        ThreadState state,
        UpdatePublisher announcer,
        PollTask turn,
        boolean busy,
        boolean ended,
        boolean covered,
        long listedAt) {
    /** Whether a reading is under way. */
    public boolean reading() {
        return busy && !turn.queued();
    }

    /** Whether its subscribers have been told that events are late. */
    public boolean late() {
        return announcer.freshness().source() == Freshness.Source.DEGRADED;
    }
}
