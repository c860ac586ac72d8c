package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.thread.LocalThreads;
import dev.chatgateway.poll.thread.ThreadPoller;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** What other nodes say, and what is done about it. Poller's context. */
public final class ReplicationListener implements NodeBus.Listener {
    /** Threads of a lost node that are reached for at once; the others wait for their turn. */
    private static final int AT_ONCE = 200;

    private static final long DRIFT_MS = 5_000;

    private final ReplicationService ownership;
    private final PollContext env;
    private final LocalThreads threads;
    private final ReplicaApplier replica;
    private final LeaseRenewal cycle;
    private final RemotePermits permits;

    /** @param threads takes what is written and typed on other nodes */
    public ReplicationListener(
            ReplicationService ownership, PollContext env, LocalThreads threads, RemotePermits permits) {
        this.permits = permits;
        this.ownership = ownership;
        this.env = env;
        this.threads = threads;
        replica = new ReplicaApplier(env);
        cycle = new LeaseRenewal(ownership, env.ticker());
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
            moved(from, moved);
        } else if (message instanceof NodeMessage.Forgotten forgotten) {
            ownership.inquiries().askAgain(forgotten.threadId());
        } else if (message instanceof NodeMessage.State state) {
            compare(from, state);
        } else if (message instanceof NodeMessage.Told told) {
            told(from, told);
        } else if (message instanceof NodeMessage.Poked poked) {
            threads.poked(poked.poke(), poked.pushed());
        } else if (message instanceof NodeMessage.Typed typed) {
            typed(typed);
        } else if (message instanceof NodeMessage.PermitRequest request) {
            permits.requested(from, request);
        } else if (message instanceof NodeMessage.PermitReply reply) {
            permits.replied(from, reply);
        } else if (message instanceof NodeMessage.PermitEnd end) {
            permits.ended(from, end);
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
            // Perhaps it was handed over a moment ago, or the claim has outlived the thread's last subscriber here.
            ownership.claims().claim(threadId);
            ownership.bus().send(from, new NodeMessage.Moved(threadId, 1));
            return;
        }
        long now = env.ticker().now();
        boolean fresh = own.interested(from, interest.groups(), now);
        ownership.roles().shared(threadId);
        if (interest.reach() < Math.min(thread.neededReach(), thread.audited().state().reach)) {
            // That node's subscribers see further back than any token here: it is to poll for both.
            ownership.claims().handOver(threadId, own, from).onComplete(done -> ownership
                    .claims()
                    .claim(threadId));
            return;
        }
        if (thread.audited().state().read) {
            // Else it would be the state of nothing; who is not answered asks again.
            ownership.bus().send(from, ReplicaApplier.state(thread.audited(), now));
        }
        if (fresh || interest.arrived()) {
            thread.audited().state().pace.arrived(now);
        }
        // What is wanted may have changed; a thread that was brought back for the answer is parked again.
        thread.reschedule();
    }

    private void renewed(String from, String threadId) {
        Role role = ownership.roles().of(threadId);
        if (!(role instanceof Role.Own own)) {
            ownership.bus().send(from, new NodeMessage.Moved(threadId, 1));
        } else if (!own.renewed(from, env.ticker().now())) {
            ownership.bus().send(from, new NodeMessage.Forgotten(threadId));
        }
    }

    private void withdrawn(String from, String threadId) {
        if (ownership.roles().of(threadId) instanceof Role.Own own && own.forget(from)) {
            ownership.roles().shared(threadId);
        }
    }

    /** The claim says who reads now. */
    private void moved(String from, NodeMessage.Moved moved) {
        String threadId = moved.threadId();
        Role role = ownership.roles().of(threadId);
        if (role instanceof Role.Following following && following.claim.node().equals(from)) {
            following.used = moved.used();
            PendingStateRequests questions = ownership.roles().questions();
            if (questions.pending(threadId)) {
                following.refused = true;
            } else {
                questions.ask(threadId);
            }
            ownership.claims().claim(threadId);
        } else if (role == null) {
            // Given to this node just as nobody here watches it any more: it is released.
            ownership.claims().claim(threadId);
        }
    }

    private void compare(String from, NodeMessage.State theirs) {
        ThreadPoller thread = ownership.thread(theirs.threadId());
        if (thread != null
                && ownership.roles().of(theirs.threadId()) instanceof Role.Following following
                && following.claim.node().equals(from)) {
            ownership.roles().questions().over(theirs.threadId());
            ThreadState state = thread.audited().state();
            following.reach = theirs.reach();
            if (replica.lacks(thread.audited(), theirs)) {
                // One listing of one's own brings it, whatever it is.
                state.receiptsWanted = true;
                thread.stirred();
            } else {
                thread.reschedule();
            }
        }
    }

    private void told(String from, NodeMessage.Told told) {
        ThreadPoller thread = ownership.thread(told.threadId());
        if (thread == null) {
            ownership.bus().send(from, new NodeMessage.Withdrawal(told.threadId()));
            return;
        }
        if (thread.audited().reading()) {
            postpone(from, told);
            return;
        }
        if (!(ownership.roles().of(told.threadId()) instanceof Role.Following following)
                || !following.claim.node().equals(from)) {
            unexpected(thread, told);
            return;
        }
        following.reach = told.reach();
        ReplicaApplier.Outcome outcome = replica.take(thread.audited(), told);
        if (told.deletedOn() != null) {
            thread.stop();
        } else if (told.resync() || outcome == ReplicaApplier.Outcome.BEHIND) {
            thread.stirred();
        } else if (outcome == ReplicaApplier.Outcome.DIFFERENT) {
            differ(thread, following);
        } else {
            thread.reschedule();
        }
    }

    private void postpone(String from, NodeMessage.Told told) {
        Runnable ask = () -> ownership.inquiries().askAgain(told.threadId());
        if (!ownership.postponed().add(told.threadId(), () -> told(from, told), ask)) {
            env.metrics().limitHit("cluster.postponed");
        }
    }

    /**
     * While claims change there may be two readers. What the other one found this one reads too: taken as it is told, it
     * would be no news any more, and those who follow this node would not hear of it.
     */
    private void unexpected(ThreadPoller thread, NodeMessage.Told told) {
        boolean news = !told.messages().isEmpty() || !told.receipts().isEmpty() || told.deletedOn() != null;
        if (news) {
            thread.stirred();
        }
    }

    private void differ(ThreadPoller thread, Role.Following following) {
        if (env.ticker().now() - following.askedMs > DRIFT_MS) {
            env.metrics().limitHit("cluster.drift");
            ownership.inquiries().askAgain(thread.threadId());
        }
    }

    /** From a follower it must be told on; from the node that reads it is to be shown. */
    private void typed(NodeMessage.Typed typed) {
        TypingIndicator typing =
                new TypingIndicator(typed.threadId(), typed.senderId(), typed.senderDisplayName(), typed.receivedOn());
        if (!ownership.follows(typed.threadId())) {
            threads.typing(typing, typed.throttled());
            return;
        }
        ThreadPoller thread = ownership.thread(typed.threadId());
        if (thread != null
                && thread.audited().state().roster.member(typed.senderId()).isPresent()) {
            thread.audited().announcer().typing(typing);
        }
    }

    @Override
    public void gap(String from) {
        ownership.inquiries().askAll(from::equals);
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
            reached.add(ownership.claims().claim(threadId));
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
        ownership.inquiries().askAll(node::equals);
    }

    @Override
    public void stalled() {
        cycle.hurry();
        ownership.inquiries().askAll(node -> true);
    }

    @Override
    public void tick() {
        cycle.tick();
    }
}
