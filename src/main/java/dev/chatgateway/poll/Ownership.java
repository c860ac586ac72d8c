package dev.chatgateway.poll;

import dev.chatgateway.cluster.Claim;
import dev.chatgateway.cluster.Cluster;
import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The threads of this node in a cluster. Whoever has a token that reads a thread claims it; one node gets it, reads, and
 * tells the others that follow. Claims heal: each is looked at again every ten seconds, and when its node is lost the
 * others reach for it. While the node that reads is silent, its followers read for themselves. Poller's context.
 */
final class Ownership implements Owners {
    /** A write that the reading node was told of must be here by then; else it is looked for. */
    private static final long POKE_MS = 2_500;

    /** Claims changed at once when the node leaves. */
    private static final int AT_ONCE = 500;

    private final Cluster cluster;
    private final Ticker ticker;
    private final GatewayMetrics metrics;
    private final Roles roles;
    private @Nullable Threads threads;
    private boolean leaving;
    private boolean closed;

    Ownership(PollVerticle.Place place, Ticker ticker, GatewayMetrics metrics) {
        cluster = place.cluster();
        roles = new Roles(place.shares(), () -> cluster.bus().others().size() + 1);
        this.ticker = ticker;
        this.metrics = metrics;
        metrics.cluster().threads(roles::owned, roles::followed, roles::unread);
    }

    @Override
    public void serve(Threads mine) {
        threads = mine;
    }

    @Nullable
    ThreadPoller thread(String threadId) {
        return Objects.requireNonNull(threads, "served").thread(threadId);
    }

    NodeBus bus() {
        return cluster.bus();
    }

    Roles roles() {
        return roles;
    }

    @Override
    public boolean follows(String threadId) {
        Role.Following following = roles.following(threadId);
        return following != null && bus().speaks(following.claim.node());
    }

    @Override
    public Optional<String> readBy(String threadId) {
        return Optional.ofNullable(roles.following(threadId)).map(following -> following.claim.node());
    }

    /** The other node that reads a thread and is heard. */
    private Optional<String> reader(String threadId) {
        return readBy(threadId).filter(bus()::speaks);
    }

    @Override
    public void read(Audited thread, Round round, List<Notice> notices) {
        ThreadState state = thread.state();
        Role role = roles.of(state.threadId);
        long now = ticker.now();
        if (role == null && state.watchers.usable(now)) {
            claim(state.threadId);
        } else if (role instanceof Role.Own own) {
            tell(own, state, round, notices, now);
        } else if (role instanceof Role.Following && !follows(state.threadId)) {
            metrics.cluster().fallback("silent");
        }
    }

    private void tell(Role.Own own, ThreadState state, Round round, List<Notice> notices, long now) {
        Roster last = own.told;
        boolean read = !state.roster.equals(last);
        boolean moved = read && (last == null || !state.roster.members().equals(last.members()));
        own.told = state.roster;
        if (own.nodes.isEmpty() || (round.told().isEmpty() && round.items().isEmpty() && notices.isEmpty() && !read)) {
            return;
        }
        NodeMessage.Told told = Replica.told(state, round, notices, moved, now);
        own.nodes.keySet().forEach(node -> bus().send(node, told));
    }

    @Override
    public void fresh(ThreadState state, Notice.FreshnessChanged notice) {
        toAll(state.threadId, Replica.fresh(state, notice, ticker.now()));
    }

    /** Finds out who reads a thread, this node if nobody does. Never fails: it is tried again. */
    Future<Void> claim(String threadId) {
        Role before = roles.of(threadId);
        roles.putIfAbsent(threadId, new Role.Asking());
        return cluster.claims()
                .take(threadId)
                .onSuccess(claim -> settle(threadId, claim))
                .onFailure(failure -> {
                    metrics.limitHit("cluster.claim");
                    if (before == null) {
                        roles.remove(threadId);
                    }
                })
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    private void settle(String threadId, Claim claim) {
        ThreadPoller thread = thread(threadId);
        Role before = roles.of(threadId);
        boolean mine = claim.node().equals(bus().self());
        if (thread == null) {
            roles.remove(threadId);
            if (mine) {
                cluster.claims().release(threadId, claim);
            }
        } else if (mine && !(before instanceof Role.Own own && own.claim.equals(claim))) {
            metrics.cluster().claim("taken");
            Role.Own own = new Role.Own(claim);
            if (before instanceof Role.Own known) {
                own.nodes.putAll(known.nodes);
            }
            roles.put(threadId, own);
            if (before instanceof Role.Following) {
                thread.stirred();
            }
        } else if (!mine) {
            if (before instanceof Role.Own && !leaving) {
                metrics.cluster().claim("lost");
            }
            Role.Following following = roles.following(threadId);
            if (following == null || !following.answered || !following.claim.equals(claim)) {
                follow(thread, claim);
            }
        }
    }

    private void follow(ThreadPoller thread, Claim claim) {
        ThreadState state = thread.audited().state();
        roles.put(state.threadId, new Role.Following(claim, ticker.now()));
        state.wantedElsewhere = Set.of();
        ask(state, claim.node(), false);
        thread.reschedule();
    }

    private void ask(ThreadState state, String node, boolean arrived) {
        bus().send(node, new NodeMessage.Interest(state.threadId, state.watchers.wanted(), arrived));
    }

    /** Asks again for the state of all threads that a node reads. */
    void askAll(Predicate<String> node) {
        roles.followed(node).forEach((threadId, following) -> {
            ThreadPoller thread = thread(threadId);
            if (thread != null) {
                askFor(thread, following);
                thread.reschedule();
            }
        });
    }

    /** Asks again for a thread's state. */
    void askFor(ThreadPoller thread, Role.Following following) {
        following.askedMs = ticker.now();
        following.answered = false;
        ask(thread.audited().state(), following.claim.node(), false);
    }

    @Override
    public void arrived(ThreadState state) {
        reader(state.threadId).ifPresent(node -> ask(state, node, true));
    }

    @Override
    public boolean poked(Poke poke, boolean pushed) {
        Optional<String> reader = reader(poke.threadId());
        reader.ifPresent(node -> {
            bus().send(node, new NodeMessage.Poked(poke, pushed));
            ticker.schedule(POKE_MS, () -> look(poke));
        });
        return reader.isPresent();
    }

    /** The node that reads may have died with the poke. */
    private void look(Poke poke) {
        ThreadPoller thread = thread(poke.threadId());
        if (thread != null
                && follows(poke.threadId())
                && !thread.audited().state().seen(poke)) {
            metrics.cluster().fallback("unseen");
            thread.poke(poke);
        }
    }

    @Override
    public boolean typing(TypingIndicator typing, boolean throttled) {
        Optional<String> reader = reader(typing.threadId());
        reader.ifPresent(node -> bus().send(node, Replica.typed(typing, throttled)));
        return reader.isPresent();
    }

    @Override
    public void typed(TypingIndicator typing) {
        toAll(typing.threadId(), Replica.typed(typing, false));
    }

    @Override
    public void ingested(String threadId, List<String> contents) {
        toAll(threadId, new NodeMessage.Ingested(threadId, contents));
    }

    private void toAll(String threadId, NodeMessage message) {
        if (roles.of(threadId) instanceof Role.Own own) {
            own.nodes.keySet().forEach(node -> bus().send(node, message));
        }
    }

    @Override
    public void ended(String threadId) {
        Role role = closed ? null : roles.remove(threadId);
        if (role instanceof Role.Following following) {
            bus().send(following.claim.node(), new NodeMessage.Withdrawal(threadId));
        } else if (role instanceof Role.Own own) {
            handOver(threadId, own);
        }
    }

    /** To a node that follows the thread, so that it has a token that reads it; else the claim goes. */
    private Future<Void> handOver(String threadId, Role.Own own) {
        String heir =
                own.nodes.keySet().stream().filter(bus()::speaks).findFirst().orElse(null);
        metrics.cluster().claim(heir == null ? "released" : "handedOver");
        if (heir == null) {
            return cluster.claims().release(threadId, own.claim);
        }
        return cluster.claims()
                .handOver(threadId, own.claim, heir)
                .onComplete(
                        done -> own.nodes.keySet().forEach(node -> bus().send(node, new NodeMessage.Moved(threadId))))
                .mapEmpty();
    }

    @Override
    public Future<Void> leave(boolean all) {
        leaving = true;
        return leave(all, roles.own(), 0);
    }

    private Future<Void> leave(boolean all, List<String> threadIds, int from) {
        int to = Math.min(threadIds.size(), from + AT_ONCE);
        List<Future<Void>> left = new ArrayList<>();
        for (String threadId : threadIds.subList(from, to)) {
            if (roles.of(threadId) instanceof Role.Own own && (all || !own.nodes.isEmpty())) {
                // Its own clients may be here for a while: then another node tells it from now on what it reads.
                left.add(handOver(threadId, own).onSuccess(done -> {
                    if (all) {
                        roles.remove(threadId);
                    } else {
                        claim(threadId);
                    }
                }));
            }
        }
        Future<Void> these = Future.join(left).mapEmpty();
        return to == threadIds.size() ? these : these.transform(done -> leave(all, threadIds, to));
    }

    /** What is claimed here counts for nothing once the node has left. */
    void close() {
        closed = true;
    }

    /** Whether this node's threads are going to others. */
    boolean leaving() {
        return leaving;
    }
}
