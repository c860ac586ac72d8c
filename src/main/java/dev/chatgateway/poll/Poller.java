package dev.chatgateway.poll;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.InboxFeed;
import dev.chatgateway.event.IngestFeed;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.UserToken;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All watched threads of a node, on the poller's context. */
final class Poller implements ThreadFeed, InboxFeed, IngestFeed {
    private final PollEnvironment env;
    private final Digests digests;
    private final Map<String, ThreadPoller> threads = new HashMap<>();
    private final Map<String, Set<String>> threadsOf = new HashMap<>();

    Poller(PollEnvironment env) {
        this.env = env;
        digests = new Digests(env);
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

    @Override
    public Future<Integer> ingest(List<Ingested> messages) {
        Map<String, List<String>> byThread = new LinkedHashMap<>();
        for (Ingested message : messages) {
            byThread.computeIfAbsent(message.threadId(), id -> new ArrayList<>())
                    .add(message.content());
        }
        int taken = 0;
        for (Map.Entry<String, List<String>> entry : byThread.entrySet()) {
            ThreadPoller thread = threads.get(entry.getKey());
            if (thread != null) {
                thread.announcer().ingest(entry.getValue());
                taken += entry.getValue().size();
            }
        }
        return Future.succeededFuture(taken);
    }

    /** Number of threads that are read. */
    int size() {
        return threads.size();
    }

    /** Stops all. */
    void close() {
        new ArrayList<>(threads.values()).forEach(ThreadPoller::stop);
        digests.close();
    }

    private ThreadPoller begin(String threadId) {
        env.metrics().watchedThreads(1);
        return new ThreadPoller(threadId, env, digests, () -> {
            threads.remove(threadId);
            env.metrics().watchedThreads(-1);
        });
    }
}
