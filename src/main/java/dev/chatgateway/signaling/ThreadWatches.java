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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
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
    /** Newest messages that stand in for a position that cannot be continued. */
    private static final int FRESH = 50;
    /** The thread list's times are whole seconds, and entries are recorded a few seconds out of order. */
    private static final long LIST_MS = 6_000;

    private static final long FIRST_PAUSE_MS = 1_000;
    private static final long LONGEST_PAUSE_MS = 60_000;
    /** A user who was removed and added again may never have been missing from the thread list. */
    private static final long REJOIN_MS = 5_000;

    private final LoopContext loop;
    private final Owner owner;
    private final Map<String, Watch> watches = new HashMap<>();
    private final Deque<Watch> waiting = new ArrayDeque<>();
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
    }

    /** One thread. */
    private static final class Watch {
        private final String threadId;
        private @Nullable String cursor;
        /** Without a cursor: what happened after it must reach the client; epoch milliseconds by the service's clock. */
        private long floor;

        private int limit;
        private boolean joined;
        private ChatEvent.@Nullable ThreadCreated created;
        private boolean again;
        private int attempt;
        private int failures;

        Watch(String threadId, long floor) {
            this.threadId = threadId;
            this.floor = floor;
        }
    }

    int size() {
        return watches.size();
    }

    boolean has(String threadId) {
        return watches.containsKey(threadId);
    }

    /** The client's position after an event that it was given. */
    void position(String threadId, @Nullable String cursor) {
        Watch watch = watches.get(threadId);
        if (watch != null && cursor != null) {
            watch.cursor = cursor;
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
                    if (watches.containsKey(entry.threadId()) || full()) {
                        return;
                    }
                    Watch watch = new Watch(entry.threadId(), floor);
                    watch.joined = !first;
                    watch.limit = !first || entry.movedAt() == 0 || entry.movedAt() >= floor - LIST_MS ? FRESH : 0;
                    watches.put(entry.threadId(), watch);
                    waiting.addLast(watch);
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
        if (watches.containsKey(threadId) || full()) {
            return;
        }
        Watch watch = new Watch(threadId, floor);
        watch.joined = true;
        watch.created = created;
        watch.limit = FRESH;
        watches.put(threadId, watch);
        waiting.addLast(watch);
        work();
    }

    private boolean full() {
        boolean full = watches.size() >= loop.node().live().limits().subscriptions();
        if (full) {
            loop.node().metrics().limitHit("signaling.threads");
        }
        return full;
    }

    /** The thread is no more, or the user has left it. */
    void leave(String threadId, boolean deleted) {
        Watch watch = stopped ? null : watches.remove(threadId);
        if (watch == null) {
            // After a stop the refusal of the next subscription says so.
            return;
        }
        watch.attempt++;
        loop.later(() -> loop.hub().unsubscribe(threadId, owner));
        tellGone(threadId, deleted);
    }

    private void tellGone(String threadId, boolean deleted) {
        Instant now = Instant.ofEpochMilli(loop.node().serviceMs().getAsLong());
        if (deleted) {
            owner.push(new ChatEvent.ThreadDeleted(threadId, now, null, false));
        } else {
            Participant self = new Participant(owner.userId(), null, Instant.EPOCH, Map.of());
            owner.push(new ChatEvent.ParticipantsRemoved(threadId, now.toEpochMilli(), now, null, List.of(self)));
        }
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
        watches.remove(watch.threadId);
        if (reason.equals("removed")) {
            tellGone(watch.threadId, false);
            rejoin(watch.threadId);
        }
    }

    private void rejoin(String threadId) {
        long floor = loop.node().serviceMs().getAsLong();
        loop.after(REJOIN_MS, () -> join(threadId, null, floor));
    }

    /** Subscribes once more, from where the client stands, in a later turn: the hub must not be called back at once. */
    private void repeat(Watch watch) {
        if (!watch.again) {
            watch.again = true;
            loop.later(() -> {
                watch.again = false;
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
        loop.hub().subscribe(watch.threadId, owner.token(), from, watch.limit, owner, answer);
    }

    private void answered(Watch watch, JsonObject answer, boolean resumes) {
        long before = resumes ? loop.hub().version(watch.cursor) : watch.floor;
        watch.failures = 0;
        if (watch.joined
                && !owner.push(Optional.ofNullable(watch.created).orElseGet(() -> created(watch.threadId, answer)))) {
            // The session has stopped all subscriptions; this one begins anew.
            return;
        }
        watch.cursor = answer.getString("cursor");
        JsonArray messages = answer.getJsonArray("messages");
        if (resumes && "resync".equals(answer.getString("recovered"))) {
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
        watch.limit = 0;
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
                    watch.limit = FRESH;
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

    /** For a thread whose participants could not be read when it came into the list. */
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
        return new ChatEvent.ThreadCreated(properties, createdOn.toEpochMilli(), List.of());
    }

    private void failed(Watch watch, int status) {
        boolean gone = status == 403 || status == 404;
        if (gone) {
            watches.remove(watch.threadId);
            if (watch.cursor != null) {
                tellGone(watch.threadId, status == 404);
            }
            return;
        }
        if (status < 0 && watch.cursor != null) {
            // A cursor that the gateway does not accept: the newest messages above it stand in for it.
            watch.floor = loop.hub().version(watch.cursor);
            watch.cursor = null;
            watch.limit = FRESH;
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
