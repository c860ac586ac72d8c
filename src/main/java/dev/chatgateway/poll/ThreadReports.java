package dev.chatgateway.poll;

import dev.chatgateway.event.NodeState;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.Replication;
import dev.chatgateway.poll.thread.ThreadStatus;
import dev.chatgateway.poll.thread.WatchedThread;

/** Entries of the operators' list of threads, all of one moment. */
final class ThreadReports {
    private final Replication replication;
    private final long listMs;
    private final long now;

    ThreadReports(PollContext context) {
        replication = context.replication();
        listMs = context.config().listSeconds() * 1000L;
        now = context.scheduler().now();
    }

    NodeState.ThreadEntry of(WatchedThread thread) {
        ThreadStatus status = thread.status(now, listMs);
        return new NodeState.ThreadEntry(
                thread.threadId(),
                role(thread.threadId()),
                replication.leader(thread.threadId()).orElse(null),
                status.activity(),
                status.intervalMs(),
                status.readAgoMs(),
                status.lateMs(),
                status.heldMs(),
                status.subscribers());
    }

    private String role(String threadId) {
        return replication.leader(threadId).isEmpty() ? "own" : replication.isFollower(threadId) ? "follows" : "unread";
    }
}
