package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.NodeState;
import java.util.Locale;

/** What operators may know of watched threads, at one moment. */
final class ThreadReports {
    private final GatewayConfig.Poll config;
    private final long now;

    ThreadReports(GatewayConfig.Poll config, long now) {
        this.config = config;
        this.now = now;
    }

    NodeState.ThreadEntry of(WatchedThread thread) {
        if (thread instanceof ThreadPoller poller) {
            return of(poller.audited());
        }
        // Not brought back for this: a page would wake a thousand.
        ParkedThread parked = (ParkedThread) thread;
        return new NodeState.ThreadEntry(
                parked.threadId(), "parked", listMs(), now - parked.listedAt(), 0, 0, parked.subscribers());
    }

    private NodeState.ThreadEntry of(Audited thread) {
        ThreadState state = thread.state();
        Pace pace = state.pace;
        return new NodeState.ThreadEntry(
                state.threadId,
                thread.covered() ? "digest" : pace.heat(now).name().toLowerCase(Locale.ROOT),
                thread.covered() ? listMs() : pace.meanMs(now),
                state.read ? now - thread.listedAt() : -1,
                pace.lateBy(now),
                pace.ledgerMs(),
                state.watchers.all().size());
    }

    private long listMs() {
        return config.listSeconds() * 1000L;
    }
}
