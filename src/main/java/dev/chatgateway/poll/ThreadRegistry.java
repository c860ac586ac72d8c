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
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadTable;
import dev.chatgateway.poll.thread.IdleThread;
import dev.chatgateway.poll.thread.LocalThreads;
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

/** All watched threads of a node, on the poller's context. */
public final class ThreadRegistry
        implements ThreadFeed, InboxFeed, IngestFeed, NodeState.Threads, IdleThread.Lot, LocalThreads {
    private final PollContext env;
    private final ThreadListPollers digests;
    private final ThreadTable<WatchedThread> threads = new ThreadTable<>(WatchedThread::threadId);
    private final Map<String, ThreadTable<String>> threadsOf = new HashMap<>();
    private final Auditor auditor;
    private final MembershipChecks checks;

    public ThreadRegistry(PollContext plain) {
        Map<String, Audit> audits = new HashMap<>();
        env = Auditor.watched(plain, audits);
        digests = new ThreadListPollers(env);
        auditor = new Auditor(env, threads, audits);
        checks = new MembershipChecks(env);
    }

    @Override
    public Future<Watched> watch(Watch watch) {
        String threadId = watch.threadId();
        String userId = watch.token().userId();
        // As it stands, parked too: who is no participant wakes nothing.
        WatchedThread known = threads.get(threadId);
        if (known != null && known.names(userId)) {
            return enter(watch, null);
        }
        Optional<ChatServiceException> refusal =
                env.refusals().find(userId, threadId, env.ticker().now());
        if (refusal.isPresent()) {
            return Future.failedFuture(refusal.get());
        }
        return env.source().knownMember(userId, threadId)
                ? enter(watch, null)
                : checks.ask(watch).compose(admitted -> enter(admitted.watch(), admitted.properties()));
    }

    /** @param properties of the thread, if they were read on the way */
    private Future<Watched> enter(Watch watch, @Nullable ThreadProperties properties) {
        checks.abandon(watch.subscriberId(), watch.threadId());
        ThreadPoller known = thread(watch.threadId());
        ThreadPoller thread = known == null ? begin(watch.threadId()) : known;
        // Ids are kept in one instance: there are very many.
        threadsOf
                .computeIfAbsent(watch.subscriberId(), id -> new ThreadTable<>(threadId -> threadId))
                .put(thread.threadId());
        return thread.watch(watch, properties);
    }

    @Override
    public void unwatch(String threadId, String subscriberId) {
        checks.abandon(subscriberId, threadId);
        ThreadTable<String> of = threadsOf.get(subscriberId);
        if (of == null || !of.contains(threadId)) {
            // It was never let in: the thread knows nothing of it, and goes on as it is.
            return;
        }
        of.remove(threadId);
        if (of.isEmpty()) {
            threadsOf.remove(subscriberId);
        }
        ThreadPoller thread = thread(threadId);
        if (thread != null) {
            thread.unwatch(subscriberId);
        }
    }

    @Override
    public Future<Boolean> sees(String threadId, String subscriberId, String messageId, long version) {
        ThreadPoller thread = thread(threadId);
        return thread == null
                ? Future.succeededFuture(false)
                : thread.sees(subscriberId, Long.parseLong(messageId), version);
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        digests.replaceToken(subscriberId, token);
        checks.replaceToken(subscriberId, token);
        ThreadTable<String> ids = threadsOf.get(subscriberId);
        for (String threadId : ids == null ? List.<String>of() : ids.values()) {
            // As it stands, parked too: a new token is no reason to read hundreds of threads at once.
            WatchedThread thread = threads.get(threadId);
            if (thread != null) {
                thread.replaceToken(subscriberId, token);
            }
        }
    }

    @Override
    public void poke(Poke poke) {
        if (env.owners().poked(poke, false)) {
            digests.publishWrite(poke.threadId());
        } else {
            poked(poke, false);
        }
    }

    @Override
    public void pushed(Poke poke) {
        if (env.owners().poked(poke, true)) {
            digests.publishWrite(poke.threadId());
        } else {
            poked(poke, true);
        }
    }

    @Override
    public void poked(Poke poke, boolean pushed) {
        digests.publishWrite(poke.threadId());
        ThreadPoller thread = thread(poke.threadId());
        if (thread != null) {
            if (pushed) {
                thread.audited().announcer().pushed(poke);
            }
            if (!pushed || !thread.audited().state().knows(poke, env.ticker().now())) {
                thread.poke(poke);
            }
        }
    }

    @Override
    public @Nullable WatchedThread watching(String threadId) {
        return threads.get(threadId);
    }

    @Override
    public void typingPushed(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        ThreadPoller thread = thread(threadId);
        if (thread != null && thread.audited().announcer().newTyping(senderId)) {
            typing(threadId, senderId, senderDisplayName, receivedOn);
        }
    }

    @Override
    public void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        typing(new TypingIndicator(threadId, senderId, senderDisplayName, receivedOn), false);
    }

    @Override
    public void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        typing(new TypingIndicator(threadId, senderId, senderDisplayName, receivedOn), true);
    }

    @Override
    public void typing(TypingIndicator typing, boolean throttled) {
        if (env.owners().typing(typing, throttled)) {
            return;
        }
        // Throttled, the service has not judged the sender: for a non-member a parked thread is not brought back.
        WatchedThread known = threads.get(typing.threadId());
        ThreadPoller thread = known == null || (throttled && !known.names(typing.senderId())) ? null : known.awake();
        if (thread != null && (!throttled || thread.audited().announcer().vouchesFor(typing.senderId()))) {
            thread.typing(typing);
        }
    }

    @Override
    public Future<InboxState> watchInbox(String subscriberId, UserToken token) {
        return digests.watchInbox(subscriberId, token);
    }

    @Override
    public void unwatchInbox(String subscriberId) {
        digests.unwatchInbox(subscriberId);
    }

    @Override
    public Future<Integer> ingest(List<Ingested> messages) {
        Map<String, List<String>> byThread = new LinkedHashMap<>();
        for (Ingested message : messages) {
            byThread.computeIfAbsent(message.threadId(), id -> new ArrayList<>())
                    .add(message.content());
        }
        int taken = 0;
        for (Map.Entry<String, List<String>> entry : byThread.entrySet()) {
            ThreadPoller thread = thread(entry.getKey());
            if (thread != null) {
                thread.audited().announcer().ingest(entry.getValue());
                taken += entry.getValue().size();
            }
        }
        return Future.succeededFuture(taken);
    }

    @Override
    public Future<NodeState.Page<NodeState.ThreadEntry>> threads(String after, int limit) {
        ThreadReports reports = new ThreadReports(env);
        return Future.succeededFuture(
                NodeState.page(threads.values(), WatchedThread::threadId, after, limit, reports::of));
    }

    /** Number of threads that are read. */
    public int size() {
        return threads.size();
    }

    /** Number of those of which little is kept until something happens. */
    public long parked() {
        return threads.values().stream().filter(IdleThread.class::isInstance).count();
    }

    /** Stops all. */
    public void close() {
        threads.values().forEach(thread -> thread.awake().stop());
        checks.close();
        digests.close();
        auditor.close();
    }

    @Override
    public void park(IdleThread thread) {
        threads.put(thread);
    }

    @Override
    public ThreadPoller fetch(IdleThread parked) {
        ThreadPoller thread = new ThreadPoller(parked.threadId(), env, digests, this);
        threads.put(thread);
        thread.resume(parked);
        return thread;
    }

    @Override
    public void rosterRead(String threadId, Roster roster) {
        checks.rosterRead(threadId, roster);
    }

    @Override
    public void ended(String threadId) {
        threads.remove(threadId);
        auditor.ended(threadId);
        env.owners().ended(threadId);
        env.metrics().polls().watched(-1);
    }

    private ThreadPoller begin(String threadId) {
        ThreadPoller thread = new ThreadPoller(threadId, env, digests, this);
        threads.put(thread);
        env.metrics().polls().watched(1);
        auditor.began();
        return thread;
    }

    /** The thread at work, if it is watched. */
    private @Nullable ThreadPoller thread(String threadId) {
        WatchedThread thread = threads.get(threadId);
        return thread == null ? null : thread.awake();
    }
}
