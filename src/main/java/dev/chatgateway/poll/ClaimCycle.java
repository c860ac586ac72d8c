package dev.chatgateway.poll;

import dev.chatgateway.cluster.NodeMessage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Looks at every thread's claim, or renews what this node follows, once in ten seconds: a claim that is missing is put
 * again, of another's it is learned. Spread over the seconds. Poller's context.
 */
final class ClaimCycle {
    private static final long TICKS = 10;
    /** Threads looked at in a second at most; with more of them the cycle is longer. */
    private static final int MOST_A_TICK = 1_000;
    /** Who said nothing for so long follows no more. */
    private static final long INTEREST_MS = 45_000;
    /** Then an unanswered question is asked again. */
    private static final long ANSWER_MS = 3_000;

    private final Ownership ownership;
    private final Ticker ticker;
    private final Deque<String> cycle = new ArrayDeque<>();
    private boolean hurried;

    ClaimCycle(Ownership ownership, Ticker ticker) {
        this.ownership = ownership;
        this.ticker = ticker;
    }

    /** All claims are looked at as soon as the bound allows. */
    void hurry() {
        cycle.clear();
        hurried = true;
    }

    /** A second has passed. */
    void tick() {
        Roles roles = ownership.roles();
        if (cycle.isEmpty()) {
            cycle.addAll(roles.threads());
        }
        long share = hurried ? MOST_A_TICK : Math.min(MOST_A_TICK, roles.size() / TICKS + 1);
        Map<String, List<String>> renewals = new HashMap<>();
        for (int i = 0; i < share && !cycle.isEmpty(); i++) {
            look(cycle.removeFirst(), roles, renewals);
        }
        hurried &= !cycle.isEmpty();
        renewals.forEach((node, threadIds) -> ownership.bus().send(node, new NodeMessage.Renewal(threadIds)));
        unanswered(roles);
    }

    private void look(String threadId, Roles roles, Map<String, List<String>> renewals) {
        Role role = roles.of(threadId);
        if (role instanceof Role.Own own) {
            long oldest = ticker.now() - INTEREST_MS;
            if (own.nodes.values().removeIf(interested -> interested.saidMs() < oldest)) {
                roles.shared(threadId);
            }
            if (!ownership.leaving()) {
                ownership.claim(threadId);
            }
        } else if (role instanceof Role.Following following) {
            // There may be more nodes than there were.
            roles.shared(threadId);
            renewals.computeIfAbsent(following.claim.node(), node -> new ArrayList<>())
                    .add(threadId);
        }
    }

    private void unanswered(Roles roles) {
        long now = ticker.now();
        roles.unread(roles.followed(node -> !ownership.bus().speaks(node)).size());
        roles.followed(node -> true).forEach((threadId, following) -> {
            if (!following.answered && now - following.askedMs > ANSWER_MS) {
                following.askedMs = now;
                ownership.claim(threadId);
            }
        });
    }
}
