package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.poll.schedule.PollInterval;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadOwnership;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.thread.Audited;
import dev.chatgateway.poll.thread.IdleThread;
import dev.chatgateway.poll.thread.ThreadPoller;
import dev.chatgateway.poll.thread.WatchedThread;
import java.util.Locale;

/** What operators may know of watched threads, at one moment. */
final class ThreadReports {
    private final GatewayConfig.Poll config;
    private final ThreadOwnership owners;
    private final long now;

    ThreadReports(PollContext env) {
        config = env.config();
        owners = env.owners();
        now = env.ticker().now();
    }

    NodeState.ThreadEntry of(WatchedThread thread) {
        if (thread instanceof ThreadPoller poller) {
            return of(poller.audited());
        }
        // Not brought back for this: a page would wake a thousand.
        IdleThread parked = (IdleThread) thread;
        return new NodeState.ThreadEntry(
                parked.threadId(),
                role(parked.threadId()),
                owners.readBy(parked.threadId()).orElse(null),
                "parked",
                listMs(),
                now - parked.listedAt(),
                0,
                0,
                parked.subscribers());
    }

    private NodeState.ThreadEntry of(Audited thread) {
        ThreadState state = thread.state();
        PollInterval pace = state.pace;
        // What another node reads is listed here as seldom as what a digest watches.
        boolean seldom = thread.covered() || owners.follows(state.threadId);
        return new NodeState.ThreadEntry(
                state.threadId,
                role(state.threadId),
                owners.readBy(state.threadId).orElse(null),
                thread.covered() ? "digest" : pace.heat(now).name().toLowerCase(Locale.ROOT),
                seldom ? listMs() : pace.meanMs(now),
                state.read ? now - thread.listedAt() : -1,
                pace.lateBy(now),
                pace.ledgerMs(),
                state.watchers.all().size());
    }

    private String role(String threadId) {
        return owners.readBy(threadId).isEmpty() ? "own" : owners.follows(threadId) ? "follows" : "unread";
    }

    private long listMs() {
        return config.listSeconds() * 1000L;
    }
}
