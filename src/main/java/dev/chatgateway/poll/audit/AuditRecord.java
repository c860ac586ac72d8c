package dev.chatgateway.poll.audit;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.poll.thread.AuditedThread;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The states of one thread's messages that were published since its audit began. Recorded where updates leave for the
 * hubs, and independent of the window that polls compare with. Bounded.
 */
final class AuditRecord {
    /** Most states recorded; enough for two hours at the service's limit of 30 writes a minute to a thread. */
    static final int MAX_STATES = 4_096;

    private final AuditedThread thread;
    private final long markAtStart;
    private final long reachAtStart;
    /** States above the mark that were published before the record began. */
    private final Map<Long, Long> publishedBefore = new HashMap<>();

    /** Highest published version by message id. */
    private final Map<Long, Long> publishedSince = new HashMap<>();

    private long freshnessAt;
    private boolean broken;

    AuditRecord(AuditedThread thread) {
        this.thread = thread;
        markAtStart = thread.window().mark();
        reachAtStart = thread.reach();
        thread.window().allAbove(markAtStart, (id, version) -> {
            publishedBefore.put(id, version);
            return true;
        });
    }

    /** Records a published update. */
    void add(ThreadUpdate update) {
        for (ThreadUpdate.Item item : update.items()) {
            add(item.event());
        }
        for (Notice notice : update.notices()) {
            if (notice instanceof Notice.FreshnessChanged) {
                freshnessAt = update.seenAtMs();
            }
            broken |= notice instanceof Notice.ResyncNeeded;
        }
        broken |= update.ended() != null || publishedSince.size() > MAX_STATES;
    }

    private void add(ChatEvent event) {
        OptionalLong id =
                switch (event.type()) {
                    case MESSAGE_RECEIVED, MESSAGE_EDITED, MESSAGE_DELETED ->
                        event.messageState().stream()
                                .mapToLong(ChatMessage::arrivedAt)
                                .findFirst();
                    // The version of the system message that reports the change is its id too.
                    case PARTICIPANTS_ADDED, PARTICIPANTS_REMOVED -> OptionalLong.of(event.historyVersion());
                    case TYPING_INDICATOR,
                            TYPING_STOPPED,
                            READ_RECEIPT,
                            THREAD_CREATED,
                            THREAD_DELETED,
                            PROPERTIES_UPDATED -> OptionalLong.empty();
                };
        id.ifPresent(message -> add(message, event.historyVersion()));
    }

    private void add(long id, long version) {
        publishedSince.merge(id, version, Math::max);
    }

    /**
     * Whether the record no longer allows a verdict: the subscribers resynchronized, too many states were published, or
     * a subscriber came who sees older messages, whose earlier changes were not published.
     */
    boolean broken() {
        return broken || thread.reach() < reachAtStart;
    }

    /** When a change of freshness was last published, epoch milliseconds; 0 if none since the audit began. */
    long freshnessAt() {
        return freshnessAt;
    }

    /**
     * The states of a listing that are neither published since the record began nor known to the poller from before.
     */
    List<ChatMessage> unpublished(List<ChatMessage> listed) {
        return listed.stream()
                .filter(m -> m.arrivedAt() >= thread.reach() && judged(m) && !published(m))
                .filter(m -> m.version() > markAtStart
                        ? publishedBefore.getOrDefault(m.arrivedAt(), -1L) < m.version()
                        : m.version() > thread.window().lowerBound()
                                && thread.window().versionOf(m.arrivedAt()) < m.version())
                .toList();
    }

    /** Whether that state of the message, or a newer one, was published since the record began. */
    boolean published(ChatMessage message) {
        return publishedSince.getOrDefault(message.arrivedAt(), -1L) >= message.version();
    }

    /** Whether a state always makes an event: of system messages only membership messages in their first state do. */
    private static boolean judged(ChatMessage message) {
        MessageType type = message.type();
        return switch (type) {
            case TEXT, HTML -> true;
            case PARTICIPANT_ADDED, PARTICIPANT_REMOVED -> message.version() == message.arrivedAt();
            case TOPIC_UPDATED -> false;
        };
    }
}
