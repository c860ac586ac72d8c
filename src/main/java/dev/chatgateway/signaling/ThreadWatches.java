package dev.chatgateway.signaling;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.InboxFeed.InboxState.Entry;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.UserToken;
import dev.chatgateway.fanout.Subscriber;
import dev.chatgateway.upstream.WireModels;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of one session: a subscription of each, where the client stands in it, and what is missing when a
 * subscription cannot continue there. Subscribes to a few threads at once. Owned by the session's event loop.
 */
final class ThreadWatches {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadWatches.class);

    private static final int AT_ONCE = 8;
    /** Above it a thread that is watched again begins where the session began. */
    private static final int MOST_UNWATCHED = 1_000;
    /** The service gives the time of a thread's creation in whole seconds. */
    private static final long SECOND_MS = 1_000;

    private static final long FIRST_PAUSE_MS = 1_000;
    private static final long LONGEST_PAUSE_MS = 60_000;
    /** A user who was removed and added again may never have been missing from the thread list. */
    private static final long REJOIN_MS = 5_000;

    private final LoopContext loop;
    private final Owner owner;
    /** The thread with the oldest event at the head. */
    private final Map<String, Watch> watches = new LinkedHashMap<>(16, 0.75f, true);
    /** Threads that are watched no more, or were one too many from the beginning. */
    private final Map<String, Unwatched> unwatched = new HashMap<>();

    private final Deque<Watch> waiting = new ArrayDeque<>(0);
    private int running;
    private boolean stopped;

    ThreadWatches(LoopContext loop, Owner owner) {
        this.loop = loop;
        this.owner = owner;
    }

    /** The session. */
    interface Owner extends Subscriber {
        String userId();

        UserToken token();

        /** Gives the client an event that no subscription has brought; false if there is no room. */
        boolean push(ChatEvent event);

        /** The client has, or is about to be pushed, everything up to a cursor; null: the thread has ended for the user. */
        void reached(String threadId, @Nullable String cursor);
    }

    /** One thread. */
    private static final class Watch {
        private final String threadId;
        private @Nullable String cursor;
        /** Without a cursor: what happened after it must reach the client; epoch milliseconds by the service's clock. */
        private long floor;

        private boolean joined;
        /** The client was told that the thread was created. */
        private boolean announced;

        private ChatEvent.@Nullable ThreadCreated created;
        private boolean repeatQueued;
        private int attempt;
        private int failures;

        Watch(String threadId, long floor) {
            this.threadId = threadId;
            this.floor = floor;
        }
    }

    /**
     * A thread that is not watched.
     *
     * @param version up to which the client knows it, epoch milliseconds by the service's clock
     * @param ended whether the client was told that it is not in the thread any more
     */
    private record Unwatched(long version, boolean ended) {}

    int size() {
        return watches.size();
    }

    Set<String> ids() {
        return watches.keySet();
    }

    /** Continues at the positions of another node's session. */
    void restore(Map<String, String> cursors, long floor) {
        cursors.forEach((threadId, cursor) -> {
            if (watches.size() >= loop.node().live().limits().subscriptions()) {
                remember(threadId, Math.max(floor, loop.hub().version(cursor)), false);
                return;
            }
            Watch watch = new Watch(threadId, floor);
            watch.cursor = cursor;
            watches.put(threadId, watch);
        });
    }

    boolean has(String threadId) {
        return watches.containsKey(threadId);
    }

    /** The client's position after an event that it was given. */
    void position(String threadId, @Nullable String cursor) {
        Watch watch = watches.get(threadId);
        if (watch != null && cursor != null) {
            watch.cursor = cursor;
            owner.reached(threadId, cursor);
        }
    }

    /**
     * The user's threads, as they were listed. Those that are known are watched already.
     *
     * @param floor what happened after it must reach the client; epoch milliseconds by the service's clock
     * @param first whether this is the session's beginning
     */
    void begin(List<Entry> entries, long floor, boolean first) {
        entries.stream()
                .sorted(Comparator.comparingLong(Entry::movedAt).reversed())
                .forEach(entry -> {
                    if (watches.containsKey(entry.threadId())) {
                        return;
                    }
                    if (full()) {
                        remember(entry.threadId(), floor, false);
                        return;
                    }
                    add(entry.threadId(), floor, !first);
                });
        work();
    }

    /** Continues in all threads after {@link #stop}. */
    void resume() {
        stopped = false;
        waiting.clear();
        waiting.addAll(watches.values());
        work();
    }

    /** The user is a participant of a thread from now on, or the thread was not known yet. */
    void join(String threadId, ChatEvent.@Nullable ThreadCreated created, long floor) {
        // To look it up makes it the one with the newest event.
        if (watches.get(threadId) != null) {
            return;
        }
        if (full()) {
            leaveOldest();
        }
        add(threadId, floor, true).created = created;
        work();
    }

    /** @param joined whether the client is told of the thread, unless it knows it */
    private Watch add(String threadId, long floor, boolean joined) {
        Unwatched before = unwatched.remove(threadId);
        Watch watch = new Watch(threadId, before == null ? floor : Math.max(floor, before.version()));
        watch.joined = joined && (before == null || before.ended());
        watch.announced = before != null && !before.ended();
        watches.put(threadId, watch);
        waiting.addLast(watch);
        return watch;
    }

    private boolean full() {
        boolean full = watches.size() >= loop.node().live().limits().subscriptions();
        if (full) {
            loop.node().metrics().limitHit("signaling.threads");
        }
        return full;
    }

    /** Makes room for a thread in which something happens. The position stays: a later event continues there. */
    private void leaveOldest() {
        Watch oldest = watches.values().iterator().next();
        forget(oldest, false);
        oldest.attempt++;
        loop.later(() -> loop.hub().unsubscribe(oldest.threadId, owner));
    }

    /** Remembers what the client knows of a thread, in case that the user comes back to it. */
    private void forget(Watch watch, boolean ended) {
        watches.remove(watch.threadId);
        remember(watch.threadId, Math.max(watch.floor, loop.hub().version(watch.cursor)), ended);
    }

    private void remember(String threadId, long version, boolean ended) {
        if (unwatched.size() < MOST_UNWATCHED) {
            unwatched.put(threadId, new Unwatched(version, ended));
        }
    }

    /** The thread is no more, or the user has left it. */
    void leave(String threadId, boolean deleted) {
        Watch watch = stopped ? null : watches.get(threadId);
        if (watch == null || !tellGone(watch, deleted)) {
            // After a stop the refusal of the next subscription says so.
            return;
        }
        watch.attempt++;
        loop.later(() -> loop.hub().unsubscribe(threadId, owner));
    }

    /** Ends a watch and tells the client why; false, and nothing, if there is no room for the event. */
    private boolean tellGone(Watch watch, boolean deleted) {
        Instant now = Instant.ofEpochMilli(loop.node().serviceMs().getAsLong());
        Participant self = new Participant(owner.userId(), null, Instant.EPOCH, Map.of());
        ChatEvent event = deleted
                ? new ChatEvent.ThreadDeleted(watch.threadId, now, null, false)
                : new ChatEvent.ParticipantsRemoved(watch.threadId, now.toEpochMilli(), now, null, List.of(self));
        if (!owner.push(event)) {
            return false;
        }
        forget(watch, true);
        owner.reached(watch.threadId, null);
        return true;
    }

    /** Forgets subscriptions but not positions; the caller ends the subscriptions. */
    void stop() {
        stopped = true;
        waiting.clear();
        watches.values().forEach(watch -> watch.attempt++);
        running = 0;
    }

    /** A notification of the hub about one subscription. */
    void control(JsonObject notification) {
        JsonObject params = notification.getJsonObject("params", new JsonObject());
        Watch watch = watches.get(params.getString("threadId", ""));
        if (watch == null) {
            return;
        }
        String method = notification.getString("method", "");
        if (method.equals("resync")) {
            repeat(watch);
        } else if (method.equals("unsubscribed")) {
            ended(watch, params.getString("reason", ""));
        }
    }

    private void ended(Watch watch, String reason) {
        if (reason.equals("refused")) {
            // The token may be to blame: only a refusal of another subscription says that the user has left.
            failed(watch, 503);
            return;
        }
        if (!reason.equals("removed")) {
            forget(watch, true);
            owner.reached(watch.threadId, null);
        } else if (tellGone(watch, false)) {
            rejoin(watch.threadId);
        }
    }

    private void rejoin(String threadId) {
        long floor = loop.node().serviceMs().getAsLong();
        loop.after(REJOIN_MS, () -> join(threadId, null, floor));
    }

    /** Subscribes once more, from where the client stands, in a later turn: the hub must not be called back at once. */
    private void repeat(Watch watch) {
        if (!watch.repeatQueued) {
            watch.repeatQueued = true;
            loop.later(() -> {
                watch.repeatQueued = false;
                if (!stopped && watches.get(watch.threadId) == watch) {
                    watch.attempt++;
                    waiting.addFirst(watch);
                    work();
                }
            });
        }
    }

    private void work() {
        while (!stopped && running < AT_ONCE && !waiting.isEmpty()) {
            Watch watch = waiting.removeFirst();
            if (watches.get(watch.threadId) == watch) {
                subscribe(watch);
            }
        }
    }

    private void subscribe(Watch watch) {
        running++;
        int attempt = ++watch.attempt;
        boolean resumes = watch.cursor != null;
        Promise<JsonObject> answer = Promise.promise();
        // Not bound to a context: the answer must be seen before the first event.
        answer.future().onComplete(result -> {
            boolean mine = !stopped && watches.get(watch.threadId) == watch && watch.attempt == attempt;
            if (mine && result.succeeded()) {
                answered(watch, result.result(), resumes);
            } else if (mine) {
                failed(watch, HubAdapter.status(result.cause()));
            }
            if (!stopped) {
                running = Math.max(0, running - 1);
                loop.later(this::work);
            }
        });
        String from = watch.cursor == null ? loop.hub().cursorAt(watch.threadId, watch.floor) : watch.cursor;
        // The event of a new thread names its participants.
        loop.hub().subscribe(watch.threadId, owner.token(), from, watch.created == null && !resumes, owner, answer);
    }

    private void answered(Watch watch, JsonObject answer, boolean resumes) {
        long before = resumes ? loop.hub().version(watch.cursor) : watch.floor;
        watch.failures = 0;
        if (!announce(watch, answer, resumes)) {
            // The session has stopped all subscriptions; this one begins anew.
            return;
        }
        watch.cursor = answer.getString("cursor");
        JsonArray messages = answer.getJsonArray("messages");
        if ("resync".equals(answer.getString("recovered"))) {
            loop.node().metrics().signaling().resynced();
            LOG.debug("{} did not continue in {}: {}", owner.id(), watch.threadId, answer.getString("reason"));
        }
        if (messages != null) {
            newest(watch, messages, before);
            if (watch.cursor == null) {
                watch.joined = false;
                return;
            }
        }
        watch.joined = false;
        watch.created = null;
        owner.reached(watch.threadId, watch.cursor);
    }

    /** Tells the client of a thread that is new to it; false if there is no room for the event. */
    private boolean announce(Watch watch, JsonObject answer, boolean resumes) {
        boolean isNew = watch.joined || (!resumes && createdOn(answer) + SECOND_MS > watch.floor);
        if (!isNew || watch.announced) {
            return true;
        }
        watch.announced =
                owner.push(Optional.ofNullable(watch.created).orElseGet(() -> created(watch.threadId, answer)));
        return watch.announced;
    }

    /** Pushes the messages that are newer than what the client has, as a subscription would have. */
    private void newest(Watch watch, JsonArray listed, long before) {
        List<ChatMessage> messages = new ArrayList<>();
        for (Object entry : listed) {
            if (entry instanceof JsonObject json) {
                WireModels.message(json).ifPresent(messages::add);
            }
        }
        messages.sort(Comparator.comparingLong(ChatMessage::version));
        long floor = watch.joined ? joinedAt(messages).orElse(before) : before;
        for (ChatMessage message : messages) {
            if (message.version() > floor && !message.type().system()) {
                boolean known = message.arrivedAt() <= floor;
                ChatEvent event = message.deleted()
                        ? new ChatEvent.MessageDeleted(watch.threadId, message)
                        : known
                                ? new ChatEvent.MessageEdited(watch.threadId, message)
                                : new ChatEvent.MessageReceived(watch.threadId, message);
                if (!owner.push(event)) {
                    // The session has stopped; the rest is listed anew when it continues.
                    watch.cursor = null;
                    watch.floor = Math.max(floor, message.version() - 1);
                    return;
                }
            }
        }
    }

    /** When the user joined last, as far as the messages say. */
    private OptionalLong joinedAt(List<ChatMessage> messages) {
        return messages.stream()
                .filter(m -> m.type() == MessageType.PARTICIPANT_ADDED)
                .filter(m -> m.participants().stream().anyMatch(p -> p.userId().equals(owner.userId())))
                .mapToLong(ChatMessage::version)
                .max();
    }

    /** Epoch milliseconds, in whole seconds; a thread may be created while the user's threads are listed. */
    private static long createdOn(JsonObject answer) {
        return Instant.parse(answer.getJsonObject("properties").getString("createdOn"))
                .toEpochMilli();
    }

    /** For a thread whose details could not be read when it came into the list: the answer has them. */
    private static ChatEvent.ThreadCreated created(String threadId, JsonObject answer) {
        JsonObject json = answer.getJsonObject("properties");
        Map<String, String> metadata = new HashMap<>();
        json.getJsonObject("metadata", new JsonObject())
                .forEach(e -> metadata.put(e.getKey(), String.valueOf(e.getValue())));
        Instant createdOn = Instant.parse(json.getString("createdOn"));
        JsonObject creator = json.getJsonObject("createdByCommunicationIdentifier", new JsonObject());
        JsonObject retention = json.getJsonObject("retentionPolicy", new JsonObject());
        ThreadProperties properties = new ThreadProperties(
                threadId,
                json.getString("topic", ""),
                createdOn,
                creator.getString("rawId", ""),
                null,
                metadata,
                retention.getInteger("deleteThreadAfterDays"));
        JsonArray listed =
                Optional.ofNullable(answer.getJsonArray("participants")).orElseGet(JsonArray::new);
        List<Participant> participants = listed.stream()
                .flatMap(p -> WireModels.participant((JsonObject) p).stream())
                .toList();
        return new ChatEvent.ThreadCreated(properties, createdOn.toEpochMilli(), participants);
    }

    private void failed(Watch watch, int status) {
        boolean gone = status == 403 || status == 404;
        if (gone) {
            if (watch.cursor == null) {
                forget(watch, true);
            } else {
                // Without room the session has stopped; the next subscription is refused as well.
                tellGone(watch, status == 404);
            }
            return;
        }
        if (status < 0 && watch.cursor != null) {
            // A cursor that the gateway does not accept: the newest messages above it stand in for it.
            watch.floor = loop.hub().version(watch.cursor);
            watch.cursor = null;
        }
        long pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS << Math.min(6, watch.failures++));
        int attempt = watch.attempt;
        loop.after(pauseMs, () -> {
            if (!stopped && watches.get(watch.threadId) == watch && watch.attempt == attempt) {
                waiting.addLast(watch);
                work();
            }
        });
    }
}
