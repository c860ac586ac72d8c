package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.poll.schedule.Scheduler;
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
final class LeaseRenewal {
    private static final long TICKS = 10;
    /** Claims looked at in a second at most, as each asks the engine; with more of them the cycle is longer. */
    private static final int MOST_CLAIMS = 1_000;
    /** Followed threads renewed in a second at most: those of 450,000 in time, before the readers forget them. */
    private static final int MOST_RENEWALS = 10_000;
    /** Who said nothing for so long follows no more. */
    private static final long INTEREST_MS = 45_000;
    /** Then an unanswered question is asked again. */
    private static final long ANSWER_MS = 3_000;

    private static final int MOST_REPEATED = 500;

    private final ReplicationService ownership;
    private final Scheduler ticker;
    private final Deque<String> own = new ArrayDeque<>();
    private final Deque<String> followed = new ArrayDeque<>();
    private int ownShare;
    private int followedShare;

    LeaseRenewal(ReplicationService ownership, Scheduler ticker) {
        this.ownership = ownership;
        this.ticker = ticker;
    }

    /** All claims are looked at as soon as the bound allows. */
    void hurry() {
        own.clear();
        own.addAll(ownership.roles().own());
        ownShare = MOST_CLAIMS;
    }

    /** A second has passed. */
    void tick() {
        Roles roles = ownership.roles();
        if (own.isEmpty()) {
            own.addAll(roles.own());
            ownShare = share(own, MOST_CLAIMS);
        }
        if (followed.isEmpty()) {
            followed.addAll(roles.followed(node -> true).keySet());
            followedShare = share(followed, MOST_RENEWALS);
        }
        for (int i = 0; i < ownShare && !own.isEmpty(); i++) {
            look(own.removeFirst(), roles);
        }
        Map<String, List<String>> renewals = new HashMap<>();
        for (int i = 0; i < followedShare && !followed.isEmpty(); i++) {
            renew(followed.removeFirst(), roles, renewals);
        }
        renewals.forEach((node, threadIds) -> ownership.bus().send(node, new NodeMessage.Renewal(threadIds)));
        unanswered(roles);
    }

    private static int share(Deque<String> cycle, int most) {
        return (int) Math.min(most, cycle.size() / TICKS + 1);
    }

    private void look(String threadId, Roles roles) {
        if (!(roles.of(threadId) instanceof Role.Own mine)) {
            return;
        }
        if (mine.forgetBefore(ticker.now() - INTEREST_MS)) {
            roles.shared(threadId);
        }
        if (!ownership.claims().leaving()) {
            ownership.claims().claim(threadId);
        }
    }

    private void renew(String threadId, Roles roles, Map<String, List<String>> renewals) {
        Role.Following following = roles.following(threadId);
        if (following != null) {
            // There may be more nodes than there were.
            roles.shared(threadId);
            ownership.inquiries().wanted(threadId, following);
            renewals.computeIfAbsent(following.claim.node(), node -> new ArrayList<>())
                    .add(threadId);
        }
    }

    private void unanswered(Roles roles) {
        roles.unread(node -> !ownership.bus().speaks(node));
        ownership.inquiries().askNext();
        long now = ticker.now();
        roles.questions().unanswered(now - ANSWER_MS, MOST_REPEATED, threadId -> {
            roles.questions().asked(threadId, now);
            ownership.claims().claim(threadId);
        });
    }
}
