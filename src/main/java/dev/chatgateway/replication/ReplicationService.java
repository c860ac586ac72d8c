package dev.chatgateway.replication;

import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadOwnership;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.poll.thread.ThreadPoller;
import dev.chatgateway.poll.thread.WatchedThread;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The threads of this node in a cluster. Whoever has a token that reads a thread claims it; one node gets it, reads, and
 * tells the others that follow. Claims heal: each is looked at again every ten seconds, and when its node is lost the
 * others reach for it. While the node that reads is silent, its followers read for themselves. Poller's context.
 */
public final class ReplicationService implements ThreadOwnership {
    /** A write that the reading node was told of must be here by then; else it is looked for. */
    private static final long POKE_MS = 2_500;

    private final NodeBus bus;
    private final Scheduler ticker;
    private final GatewayMetrics metrics;
    private final Roles roles;
    private final StateRequests inquiries;
    private final ThreadLeases claims;
    private final LeaderCache claimants;
    private final DeferredUpdates postponed = new DeferredUpdates();
    private @Nullable Function<String, @Nullable WatchedThread> threads;
    private boolean closed;

    public ReplicationService(ClusterContext place, Scheduler ticker, GatewayMetrics metrics) {
        bus = place.cluster().bus();
        roles = new Roles(place.shares(), () -> bus.others().size() + 1);
        inquiries = new StateRequests(roles, bus, ticker, this::watching);
        claims = new ThreadLeases(place, roles, inquiries, metrics, this::watching);
        claimants = new LeaderCache(claims, ticker);
        this.ticker = ticker;
        this.metrics = metrics;
        metrics.cluster().threads(roles::owned, roles::followed, roles::unread);
    }

    /** This node's threads, before anything else is called. */
    public void serve(Function<String, @Nullable WatchedThread> watching) {
        threads = watching;
    }

    /** The thread at work, if somebody here watches it; one that is parked is brought back. */
    @Nullable
    ThreadPoller thread(String threadId) {
        WatchedThread thread = watching(threadId);
        return thread == null ? null : thread.awake();
    }

    /** The thread as it stands, if somebody here watches it. */
    @Nullable
    WatchedThread watching(String threadId) {
        return Objects.requireNonNull(threads, "served").apply(threadId);
    }

    NodeBus bus() {
        return bus;
    }

    /** Who reads what, as the engine has it. */
    ThreadLeases claims() {
        return claims;
    }

    /** Who reads what is not watched here. */
    LeaderCache claimants() {
        return claimants;
    }

    /** What other nodes are asked of the threads that they read. */
    StateRequests inquiries() {
        return inquiries;
    }

    /** What waits for the end of readings. */
    DeferredUpdates postponed() {
        return postponed;
    }

    Roles roles() {
        return roles;
    }

    @Override
    public boolean follows(String threadId) {
        Role.Following following = roles.following(threadId);
        return following != null && bus.speaks(following.claim.node()) && following.reach <= following.neededReach;
    }

    @Override
    public Optional<String> readBy(String threadId) {
        return Optional.ofNullable(roles.following(threadId)).map(following -> following.claim.node());
    }

    /** The other node that reads a thread and is heard. */
    private Optional<String> reader(String threadId) {
        return readBy(threadId).filter(bus::speaks);
    }

    @Override
    public void polled(ThreadState state, PollResult result, List<Notice> notices) {
        Role role = roles.of(state.threadId);
        long now = ticker.now();
        if (role == null && !claims.left() && state.watchers.hasUsableToken(now)) {
            claims.claim(state.threadId);
        } else if (role instanceof Role.Own own) {
            tell(own, state, result, notices, now);
        } else if (role instanceof Role.Following following && !follows(state.threadId)) {
            metrics.cluster().fallback(bus.speaks(following.claim.node()) ? "reach" : "silent");
        }
    }

    private void tell(Role.Own own, ThreadState state, PollResult result, List<Notice> notices, long now) {
        Roster last = own.told;
        boolean read = !state.roster.equals(last);
        boolean moved = read && (last == null || !state.roster.members().equals(last.members()));
        boolean properties = own.toldProperties != null && !own.toldProperties.equals(state.properties);
        own.told = state.roster;
        own.toldProperties = state.properties;
        own.deleted |= result.deleted();
        boolean news = !result.published().isEmpty()
                || !result.items().isEmpty()
                || !notices.isEmpty()
                || read
                || properties
                || state.window.mark() != result.markBefore();
        if (own.followed() && news) {
            NodeMessage.Told told = ReplicaApplier.told(state, result, notices, moved, properties, now);
            own.followers().forEach(node -> bus.send(node, told));
        }
    }

    @Override
    public void settled(String threadId) {
        postponed.run(threadId);
    }

    @Override
    public void fresh(ThreadState state, Notice.FreshnessChanged notice) {
        toAll(state.threadId, ReplicaApplier.fresh(state, notice, ticker.now()));
    }

    @Override
    public void subscribed(ThreadState state) {
        Role.Following following = roles.following(state.threadId);
        if (following != null) {
            inquiries.wanted(state.threadId, following);
        }
    }

    @Override
    public Set<EventGroup> wantedElsewhere(String threadId) {
        return roles.of(threadId) instanceof Role.Own own ? own.wanted() : Set.of();
    }

    @Override
    public void arrived(ThreadState state) {
        Role.Following following = roles.following(state.threadId);
        if (following != null && bus.speaks(following.claim.node())) {
            inquiries.ask(state.threadId, following, true);
        }
    }

    @Override
    public boolean poked(Poke poke, boolean pushed) {
        return handed(poke.threadId(), node -> {
            bus.send(node, new NodeMessage.Poked(poke, pushed));
            ThreadPoller thread = poke.messageId().isEmpty() ? null : thread(poke.threadId());
            if (thread != null && !follows(poke.threadId())) {
                // The leader does not see all that subscribers here see, so that this node polls too.
                thread.poke(poke);
            } else if (thread != null) {
                long version = thread.audited().state().wanted(poke);
                ticker.schedule(POKE_MS, () -> look(poke, version));
            }
        });
    }

    /** Hands something to the other node that reads a thread; false: this one does, or nobody. */
    private boolean handed(String threadId, Consumer<String> to) {
        Optional<String> reader = reader(threadId);
        reader.ifPresent(to);
        if (reader.isPresent() || watching(threadId) != null || bus.others().isEmpty()) {
            return reader.isPresent();
        }
        // Written to through this node, and watched on another: the engine knows on which.
        claimants.of(threadId).onSuccess(node -> node.filter(n -> !n.equals(bus.self()) && bus.speaks(n))
                .ifPresent(to));
        return true;
    }

    /** The node that reads may have died with the poke: then the message is not here by now as it was written. */
    private void look(Poke poke, long version) {
        ThreadPoller thread = follows(poke.threadId()) ? thread(poke.threadId()) : null;
        long id = Long.parseLong(poke.messageId());
        if (thread != null && thread.audited().state().window.versionOf(id) < version) {
            metrics.cluster().fallback("unseen");
            thread.poke(poke);
        }
    }

    @Override
    public boolean typing(TypingIndicator typing, boolean throttled) {
        return handed(typing.threadId(), node -> bus.send(node, ReplicaApplier.typed(typing, throttled)));
    }

    @Override
    public void typed(TypingIndicator typing) {
        toAll(typing.threadId(), ReplicaApplier.typed(typing, false));
    }

    @Override
    public void ingested(String threadId, List<String> contents) {
        toAll(threadId, new NodeMessage.Ingested(threadId, contents));
    }

    private void toAll(String threadId, NodeMessage message) {
        if (roles.of(threadId) instanceof Role.Own own) {
            own.followers().forEach(node -> bus.send(node, message));
        }
    }

    @Override
    public void ended(String threadId) {
        postponed.forget(threadId);
        Role role = closed ? null : roles.remove(threadId);
        if (role instanceof Role.Following following) {
            bus.send(following.claim.node(), new NodeMessage.Withdrawal(threadId));
        } else if (role instanceof Role.Own own) {
            claims.handOver(threadId, own);
        }
    }

    @Override
    public Future<Void> leave(boolean all) {
        return claims.leave(all);
    }

    /** What is claimed here counts for nothing once the node has left. */
    void close() {
        closed = true;
    }
}
