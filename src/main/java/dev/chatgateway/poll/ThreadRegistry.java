package dev.chatgateway.poll;

import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.IngestFeed;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.poll.audit.Audit;
import dev.chatgateway.poll.audit.Auditor;
import dev.chatgateway.poll.state.LocalThreads;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ReplicatedThread;
import dev.chatgateway.poll.state.SubscriberNeeds;
import dev.chatgateway.poll.state.ThreadTable;
import dev.chatgateway.poll.thread.IdleThread;
import dev.chatgateway.poll.thread.ThreadPoller;
import dev.chatgateway.poll.thread.WatchedThread;
import dev.chatgateway.poll.threadlist.ThreadListPollers;
import dev.chatgateway.upstream.ChatServiceException;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All watched threads of a node: polled or idle. Poller's context. */
public final class ThreadRegistry
        implements ThreadFeed, InboxFeed, IngestFeed, NodeState.Threads, IdleThread.Registry, LocalThreads {
    private final PollContext context;
    private final ThreadListPollers threadLists;
    private final ThreadTable<WatchedThread> threads = new ThreadTable<>(WatchedThread::threadId);
    private final Map<String, ThreadTable<String>> threadsOfSubscriber = new HashMap<>();
    private final Auditor auditor;
    private final MembershipChecks checks;

    /** @param shared without the audits, which see every update besides the hubs */
    public ThreadRegistry(PollContext shared) {
        Map<String, Audit> audits = new HashMap<>();
        context = Auditor.watched(shared, audits);
        threadLists = new ThreadListPollers(context);
        auditor = new Auditor(context, threads, audits);
        checks = new MembershipChecks(context);
    }

    @Override
    public Future<Watched> watch(Watch watch) {
        String threadId = watch.threadId();
        String userId = watch.token().userId();
        // An idle thread stays idle: a user who is no participant wakes nothing.
        WatchedThread known = threads.get(threadId);
        if (known != null && known.hasParticipant(userId)) {
            return subscribe(watch, null);
        }
        Optional<ChatServiceException> refusal =
                context.refusals().find(userId, threadId, context.scheduler().now());
        if (refusal.isPresent()) {
            return Future.failedFuture(refusal.get());
        }
        return context.source().knownMember(userId, threadId)
                ? subscribe(watch, null)
                : checks.check(watch).compose(admitted -> subscribe(admitted.watch(), admitted.properties()));
    }

    /** @param properties of the thread, if the membership check has read them */
    private Future<Watched> subscribe(Watch watch, @Nullable ThreadProperties properties) {
        checks.abandon(watch.subscriberId(), watch.threadId());
        ThreadPoller known = poller(watch.threadId());
        ThreadPoller thread = known == null ? start(watch.threadId()) : known;
        // The instance of the id that the thread keeps: there are very many.
        threadsOfSubscriber
                .computeIfAbsent(watch.subscriberId(), id -> new ThreadTable<>(threadId -> threadId))
                .put(thread.threadId());
        return thread.subscribe(watch, properties);
    }

    @Override
    public void unwatch(String threadId, String subscriberId) {
        checks.abandon(subscriberId, threadId);
        ThreadTable<String> of = threadsOfSubscriber.get(subscriberId);
        if (of == null || !of.contains(threadId)) {
            // It was never subscribed: an idle thread stays idle.
            return;
        }
        of.remove(threadId);
        if (of.isEmpty()) {
            threadsOfSubscriber.remove(subscriberId);
        }
        ThreadPoller thread = poller(threadId);
        if (thread != null) {
            thread.unsubscribe(subscriberId);
        }
    }

    @Override
    public Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version) {
        ThreadPoller thread = poller(threadId);
        return thread == null
                ? Future.succeededFuture(false)
                : thread.sees(subscriberId, Long.parseLong(messageId), version);
    }

    /** An idle thread stays idle: what is known of it is minutes old. */
    @Override
    public Future<Listed> listed(String threadId, String userId) {
        return Future.succeededFuture(
                threads.get(threadId) instanceof ThreadPoller thread ? thread.listed(userId) : Listed.NOTHING);
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        threadLists.replaceToken(subscriberId, token);
        checks.replaceToken(subscriberId, token);
        ThreadTable<String> of = threadsOfSubscriber.get(subscriberId);
        for (String threadId : of == null ? List.<String>of() : of.values()) {
            // An idle thread stays idle: a new token is no reason to poll hundreds of threads at once.
            WatchedThread thread = threads.get(threadId);
            if (thread != null) {
                thread.replaceToken(subscriberId, token);
            }
        }
    }

    @Override
    public void poke(Poke poke) {
        if (context.replication().forwardRefreshHint(poke, false)) {
            threadLists.publishWrite(poke.threadId());
        } else {
            applyRefreshHint(poke, false);
        }
    }

    @Override
    public void pushed(Poke poke) {
        if (context.replication().forwardRefreshHint(poke, true)) {
            threadLists.publishWrite(poke.threadId());
        } else {
            applyRefreshHint(poke, true);
        }
    }

    @Override
    public void applyRefreshHint(Poke hint, boolean pushed) {
        threadLists.publishWrite(hint.threadId());
        ThreadPoller thread = poller(hint.threadId());
        if (thread != null && pushed) {
            thread.applyPush(hint);
        } else if (thread != null) {
            thread.applyRefreshHint(hint);
        }
    }

    @Override
    public @Nullable SubscriberNeeds needs(String threadId) {
        return threads.get(threadId);
    }

    @Override
    public @Nullable ReplicatedThread active(String threadId) {
        return poller(threadId);
    }

    @Override
    public void typingPushed(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        ThreadPoller thread = poller(threadId);
        if (thread != null && thread.isNewTyping(senderId)) {
            typing(threadId, senderId, senderDisplayName, receivedOn);
        }
    }

    @Override
    public void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        applyTyping(new TypingIndicator(threadId, senderId, senderDisplayName, receivedOn), false);
    }

    @Override
    public void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        applyTyping(new TypingIndicator(threadId, senderId, senderDisplayName, receivedOn), true);
    }

    @Override
    public void applyTyping(TypingIndicator typing, boolean throttled) {
        if (context.replication().forwardTyping(typing, throttled)) {
            return;
        }
        // Of a throttled notification the service has not checked the sender: a non-member wakes no idle thread.
        WatchedThread known = threads.get(typing.threadId());
        ThreadPoller thread =
                known == null || (throttled && !known.hasParticipant(typing.senderId())) ? null : known.awake();
        if (thread != null && throttled) {
            thread.applyThrottledTyping(typing);
        } else if (thread != null) {
            thread.applyTyping(typing);
        }
    }

    @Override
    public Future<InboxState> watchInbox(String subscriberId, UserToken token) {
        return threadLists.watchInbox(subscriberId, token);
    }

    @Override
    public void unwatchInbox(String subscriberId) {
        threadLists.unwatchInbox(subscriberId);
    }

    @Override
    public Future<Integer> ingest(List<Ingested> messages) {
        Map<String, List<String>> byThread = new LinkedHashMap<>();
        for (Ingested message : messages) {
            byThread.computeIfAbsent(message.threadId(), id -> new ArrayList<>())
                    .add(message.content());
        }
        int accepted = 0;
        for (Map.Entry<String, List<String>> entry : byThread.entrySet()) {
            ThreadPoller thread = poller(entry.getKey());
            if (thread != null) {
                thread.ingest(entry.getValue());
                accepted += entry.getValue().size();
            }
        }
        return Future.succeededFuture(accepted);
    }

    @Override
    public Future<NodeState.Page<NodeState.ThreadEntry>> threads(String after, int limit) {
        ThreadReports reports = new ThreadReports(context);
        return Future.succeededFuture(
                NodeState.page(threads.values(), WatchedThread::threadId, after, limit, reports::of));
    }

    /** Number of watched threads. */
    public int size() {
        return threads.size();
    }

    /** Number of idle threads. */
    public long idle() {
        return threads.values().stream().filter(IdleThread.class::isInstance).count();
    }

    /** Stops all threads. */
    public void close() {
        threads.values().forEach(thread -> thread.awake().stop());
        checks.close();
        threadLists.close();
        auditor.close();
    }

    @Override
    public void idle(IdleThread thread) {
        threads.put(thread);
    }

    @Override
    public ThreadPoller wake(IdleThread idle) {
        ThreadPoller thread = new ThreadPoller(idle.threadId(), context, threadLists, this);
        threads.put(thread);
        thread.resume(idle);
        return thread;
    }

    @Override
    public void rosterRead(String threadId, Roster roster) {
        checks.applyRoster(threadId, roster);
    }

    @Override
    public void ended(String threadId) {
        threads.remove(threadId);
        auditor.ended(threadId);
        context.replication().onEnded(threadId);
        context.metrics().polls().watched(-1);
    }

    private ThreadPoller start(String threadId) {
        ThreadPoller thread = new ThreadPoller(threadId, context, threadLists, this);
        threads.put(thread);
        context.metrics().polls().watched(1);
        auditor.began();
        return thread;
    }

    /** The poller of a thread, if it is watched; an idle thread is woken. */
    private @Nullable ThreadPoller poller(String threadId) {
        WatchedThread thread = threads.get(threadId);
        return thread == null ? null : thread.awake();
    }
}
