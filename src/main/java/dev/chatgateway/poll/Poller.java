package dev.chatgateway.poll;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All watched threads of a node, on the poller's context. */
final class Poller implements ThreadFeed, InboxFeed {
    private final PollEnvironment env;
    private final Digests digests;
    private final Auditor auditor;
    private final Map<String, ThreadPoller> threads = new HashMap<>();
    private final Map<String, Set<String>> threadsOf = new HashMap<>();

    Poller(PollEnvironment plain) {
        Map<String, Audit> audits = new HashMap<>();
        env = Auditor.watched(plain, audits);
        digests = new Digests(env);
        auditor = new Auditor(env, threads, audits);
    }

    @Override
    public Future<Watched> watch(Watch watch) {
        threadsOf.computeIfAbsent(watch.subscriberId(), id -> new HashSet<>()).add(watch.threadId());
        return threads.computeIfAbsent(watch.threadId(), this::begin).watch(watch);
    }

    @Override
    public void unwatch(String threadId, String subscriberId) {
        threadsOf.computeIfPresent(subscriberId, (id, of) -> {
            of.remove(threadId);
            return of.isEmpty() ? null : of;
        });
        ThreadPoller thread = threads.get(threadId);
        if (thread != null) {
            thread.unwatch(subscriberId);
        }
    }

    @Override
    public Future<Boolean> sees(String threadId, String subscriberId, String messageId) {
        ThreadPoller thread = threads.get(threadId);
        return thread == null ? Future.succeededFuture(false) : thread.sees(subscriberId, messageId);
    }

    @Override
    public void replaceToken(String subscriberId, UserToken token) {
        digests.replaceToken(subscriberId, token);
        for (String threadId : List.copyOf(threadsOf.getOrDefault(subscriberId, Set.of()))) {
            ThreadPoller thread = threads.get(threadId);
            if (thread != null) {
                thread.replaceToken(subscriberId, token);
            }
        }
    }

    @Override
    public void poke(Poke poke) {
        ThreadPoller thread = threads.get(poke.threadId());
        if (thread != null) {
            thread.poke(poke);
        }
        digests.poked(poke.threadId());
    }

    @Override
    public void typing(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        ThreadPoller thread = threads.get(threadId);
        if (thread != null) {
            thread.typing(new ChatEvent.TypingIndicator(threadId, senderId, senderDisplayName, receivedOn));
        }
    }

    @Override
    public void typingThrottled(String threadId, String senderId, String senderDisplayName, Instant receivedOn) {
        ThreadPoller thread = threads.get(threadId);
        if (thread != null && thread.vouchesFor(senderId)) {
            thread.typing(new ChatEvent.TypingIndicator(threadId, senderId, senderDisplayName, receivedOn));
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

    /** Number of threads that are read. */
    int size() {
        return threads.size();
    }

    /** Stops all. */
    void close() {
        new ArrayList<>(threads.values()).forEach(ThreadPoller::stop);
        digests.close();
        auditor.close();
    }

    private ThreadPoller begin(String threadId) {
        env.metrics().watchedThreads(1);
        auditor.began();
        return new ThreadPoller(threadId, env, digests, () -> {
            threads.remove(threadId);
            auditor.ended(threadId);
            env.metrics().watchedThreads(-1);
        });
    }
}
