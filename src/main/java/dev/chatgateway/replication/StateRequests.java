package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.thread.WatchedThread;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What this node asks those that read threads for it, and tells them of what is wanted here. Poller's context. */
final class StateRequests {
    /** Asked in one turn at most. */
    private static final int MOST = 2_000;

    private final Roles roles;
    private final PendingStateRequests questions;
    private final NodeBus bus;
    private final Scheduler ticker;
    private final Function<String, @Nullable WatchedThread> watching;

    /** @param watching a thread as it stands, if somebody here watches it */
    StateRequests(Roles roles, NodeBus bus, Scheduler ticker, Function<String, @Nullable WatchedThread> watching) {
        this.roles = roles;
        questions = roles.questions();
        this.bus = bus;
        this.ticker = ticker;
        this.watching = watching;
    }

    /** Tells the reader what is wanted here, and asks where the thread stands. */
    void ask(String threadId, Role.Following following, boolean arrived) {
        WatchedThread thread = watching.apply(threadId);
        if (thread == null) {
            questions.over(threadId);
            return;
        }
        following.wanted = thread.wanted();
        following.neededReach = thread.neededReach();
        following.askedMs = ticker.now();
        questions.asked(threadId, following.askedMs);
        bus.send(
                following.claim.node(),
                new NodeMessage.Interest(threadId, following.wanted, arrived, following.neededReach));
    }

    /** The state of all threads that such nodes read is asked for again, as much in a turn as the way to them takes. */
    void askAll(Predicate<String> node) {
        roles.followed(node).keySet().forEach(questions::ask);
        askNext();
    }

    /** Asks those that are to be asked, so many at most. */
    void askNext() {
        questions.next(MOST, this::askAgain);
    }

    /** Asks again for a thread's state. */
    void askAgain(String threadId) {
        Role.Following following = roles.following(threadId);
        if (following == null) {
            questions.over(threadId);
        } else {
            ask(threadId, following, false);
        }
    }

    /** The reader is told if what is wanted here has changed. */
    void wanted(String threadId, Role.Following following) {
        WatchedThread thread = watching.apply(threadId);
        if (thread != null
                && (!thread.wanted().equals(following.wanted) || thread.neededReach() != following.neededReach)) {
            ask(threadId, following, false);
        }
    }
}
