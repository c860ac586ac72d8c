package dev.chatgateway.poll;

import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What other nodes say, and what is done about it. Poller's context. */
final class Neighbours implements NodeBus.Listener {
    /** Threads of a lost node that are reached for at once; the others wait for their turn. */
    private static final int AT_ONCE = 200;

    private static final long DRIFT_MS = 5_000;

    private final Ownership ownership;
    private final PollEnvironment env;
    private final ThreadFeed poller;
    private final Replica replica;
    private final ClaimCycle cycle;
    private final Loans loans;

    /** @param poller takes what is written and typed on other nodes */
    Neighbours(Ownership ownership, PollEnvironment env, ThreadFeed poller, Loans loans) {
        this.loans = loans;
        this.ownership = ownership;
        this.env = env;
        this.poller = poller;
        replica = new Replica(env);
        cycle = new ClaimCycle(ownership, env.ticker());
    }

    @Override
    public void message(String from, NodeMessage message) {
        if (message instanceof NodeMessage.Interest interest) {
            interested(from, interest);
        } else if (message instanceof NodeMessage.Renewal renewal) {
            renewal.threadIds().forEach(threadId -> renewed(from, threadId));
        } else if (message instanceof NodeMessage.Withdrawal withdrawal) {
            withdrawn(from, withdrawal.threadId());
        } else if (message instanceof NodeMessage.Moved moved) {
            moved(from, moved.threadId());
        } else if (message instanceof NodeMessage.State state) {
            compare(from, state);
        } else if (message instanceof NodeMessage.Told told) {
            told(from, told);
        } else if (message instanceof NodeMessage.Poked poked) {
            poked(poked);
        } else if (message instanceof NodeMessage.Typed typed) {
            typed(typed);
        } else if (message instanceof NodeMessage.Borrow wish) {
            loans.asked(from, wish);
        } else if (message instanceof NodeMessage.Lent lent) {
            loans.answered(from, lent);
        } else if (message instanceof NodeMessage.Repaid repaid) {
            loans.repaid(from, repaid);
        } else if (message instanceof NodeMessage.Ingested ingested) {
            ThreadPoller thread = ownership.thread(ingested.threadId());
            if (thread != null) {
                thread.audited().announcer().ingest(ingested.contents());
            }
        }
    }

    private void interested(String from, NodeMessage.Interest interest) {
        String threadId = interest.threadId();
        ThreadPoller thread = ownership.thread(threadId);
        if (thread == null || !(ownership.roles().of(threadId) instanceof Role.Own own)) {
            if (thread != null) {
                // Perhaps it was handed over a moment ago.
                ownership.claim(threadId);
            }
            ownership.bus().send(from, new NodeMessage.Moved(threadId));
            return;
        }
        long now = env.ticker().now();
        boolean fresh = own.nodes.put(from, new Role.Own.Interested(interest.groups(), now)) == null;
        ownership.roles().shared(threadId);
        ThreadState state = thread.audited().state();
        wanted(state, own);
        ownership.bus().send(from, Replica.state(thread.audited(), now));
        if (fresh || interest.arrived()) {
            state.pace.arrived(now);
            thread.reschedule();
        }
    }

    private static void wanted(ThreadState state, Role.Own own) {
        Set<EventGroup> groups = new HashSet<>();
        own.nodes.values().forEach(interested -> groups.addAll(interested.groups()));
        state.wantedElsewhere = Set.copyOf(groups);
    }

    private void renewed(String from, String threadId) {
        boolean here = ownership.roles().of(threadId) instanceof Role.Own own
                && own.nodes.computeIfPresent(
                                from,
                                (node, known) -> new Role.Own.Interested(
                                        known.groups(), env.ticker().now()))
                        != null;
        if (!here) {
            ownership.bus().send(from, new NodeMessage.Moved(threadId));
        }
    }

    private void withdrawn(String from, String threadId) {
        if (ownership.roles().of(threadId) instanceof Role.Own own && own.nodes.remove(from) != null) {
            ownership.roles().shared(threadId);
            ThreadPoller thread = ownership.thread(threadId);
            if (thread != null) {
                wanted(thread.audited().state(), own);
            }
        }
    }

    /** The claim says who reads now; the same node, if it only forgot. */
    private void moved(String from, String threadId) {
        if (ownership.roles().of(threadId) instanceof Role.Following following
                && following.claim.node().equals(from)) {
            following.answered = false;
            ownership.claim(threadId);
        }
    }

    private void compare(String from, NodeMessage.State theirs) {
        ThreadPoller thread = ownership.thread(theirs.threadId());
        if (thread != null
                && ownership.roles().of(theirs.threadId()) instanceof Role.Following following
                && following.claim.node().equals(from)) {
            following.answered = true;
            ThreadState state = thread.audited().state();
            if (replica.lacks(thread.audited(), theirs)) {
                // One listing of one's own brings it, whatever it is.
                state.sweptAt = 0;
                state.receiptsWanted = true;
                thread.stirred();
            }
        }
    }

    private void told(String from, NodeMessage.Told told) {
        ThreadPoller thread = ownership.thread(told.threadId());
        if (thread == null) {
            ownership.bus().send(from, new NodeMessage.Withdrawal(told.threadId()));
            return;
        }
        boolean agreed = replica.take(thread.audited(), told);
        if (told.deletedOn() != null) {
            thread.stop();
        } else if (told.resync()) {
            thread.stirred();
        } else if (!agreed) {
            differ(thread, from);
        }
    }

    private void differ(ThreadPoller thread, String from) {
        long now = env.ticker().now();
        if (ownership.roles().of(thread.threadId()) instanceof Role.Following following
                && following.claim.node().equals(from)
                && now - following.askedMs > DRIFT_MS) {
            env.metrics().limitHit("cluster.drift");
            ownership.askFor(thread, following);
        }
    }

    private void poked(NodeMessage.Poked poked) {
        if (poked.pushed()) {
            poller.pushed(poked.poke());
        } else {
            poller.poke(poked.poke());
        }
    }

    /** From a follower it must be told on; from the node that reads it is to be shown. */
    private void typed(NodeMessage.Typed typed) {
        if (ownership.follows(typed.threadId())) {
            ThreadPoller thread = ownership.thread(typed.threadId());
            if (thread != null
                    && thread.audited().state().roster.member(typed.senderId()).isPresent()) {
                thread.audited()
                        .announcer()
                        .typing(new TypingIndicator(
                                typed.threadId(), typed.senderId(), typed.senderDisplayName(), typed.receivedOn()));
            }
        } else if (typed.throttled()) {
            poller.typingThrottled(typed.threadId(), typed.senderId(), typed.senderDisplayName(), typed.receivedOn());
        } else {
            poller.typing(typed.threadId(), typed.senderId(), typed.senderDisplayName(), typed.receivedOn());
        }
    }

    @Override
    public void gap(String from) {
        ownership.askAll(from::equals);
    }

    /** After a split both sides claim: the sooner the claims are looked at, the shorter both read. */
    @Override
    public void joined(String node) {
        cycle.hurry();
    }

    @Override
    public void lost(String node) {
        ownership.roles().forget(node);
        List<String> orphans =
                new ArrayList<>(ownership.roles().followed(node::equals).keySet());
        reach(orphans, 0);
    }

    private void reach(List<String> threadIds, int from) {
        int to = Math.min(threadIds.size(), from + AT_ONCE);
        List<Future<?>> reached = new ArrayList<>();
        for (String threadId : threadIds.subList(from, to)) {
            reached.add(ownership.claim(threadId));
        }
        if (to < threadIds.size()) {
            Future.join(reached).onComplete(done -> reach(threadIds, to));
        }
    }

    /** Until it is heard again, or no member any more, its followers read for themselves. */
    @Override
    public void silent(String node) {
        ownership.roles().followed(node::equals).keySet().forEach(threadId -> {
            ThreadPoller thread = ownership.thread(threadId);
            if (thread != null) {
                thread.stirred();
            }
        });
    }

    @Override
    public void heard(String node) {
        ownership.askAll(node::equals);
    }

    @Override
    public void stalled() {
        ownership.roles().own().forEach(ownership::claim);
        ownership.askAll(node -> true);
    }

    @Override
    public void tick() {
        cycle.tick();
    }
}
