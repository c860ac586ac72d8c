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
 * What went out about one thread since its audit began, taken where it leaves for the hubs: the auditor's own record,
 * apart from the window that the poller compares with. Bounded.
 */
final class AuditRecord {
    /** States remembered at most: 30 writes a minute are allowed to a thread. */
    static final int MOST = 4_096;

    private final AuditedThread thread;
    private final long begunMark;
    private final long begunReach;
    /** States above the mark that were published before the record began. */
    private final Map<Long, Long> publishedBefore = new HashMap<>();

    private final Map<Long, Long> told = new HashMap<>();
    private long freshnessAt;
    private boolean broken;

    AuditRecord(AuditedThread thread) {
        this.thread = thread;
        begunMark = thread.window().mark();
        begunReach = thread.reach();
        thread.window().allAbove(begunMark, (id, version) -> {
            publishedBefore.put(id, version);
            return true;
        });
    }

    /** An update has gone out. */
    void take(ThreadUpdate update) {
        for (ThreadUpdate.Item item : update.items()) {
            take(item.event());
        }
        for (Notice notice : update.notices()) {
            if (notice instanceof Notice.FreshnessChanged) {
                freshnessAt = update.seenAtMs();
            }
            broken |= notice instanceof Notice.ResyncNeeded;
        }
        broken |= update.ended() != null || told.size() > MOST;
    }

    private void take(ChatEvent event) {
        OptionalLong id =
                switch (event.type()) {
                    case MESSAGE_RECEIVED, MESSAGE_EDITED, MESSAGE_DELETED ->
                        event.messageState().stream()
                                .mapToLong(ChatMessage::arrivedAt)
                                .findFirst();
                    // The version of the system message that reports the change is its id too.
                    case PARTICIPANTS_ADDED, PARTICIPANTS_REMOVED -> OptionalLong.of(event.historyVersion());
                    case TYPING_INDICATOR, READ_RECEIPT, THREAD_CREATED, THREAD_DELETED, PROPERTIES_UPDATED ->
                        OptionalLong.empty();
                };
        id.ifPresent(message -> tell(message, event.historyVersion()));
    }

    private void tell(long id, long version) {
        told.merge(id, version, Math::max);
    }

    /**
     * Whether nothing can be judged any more: all were told to take fresh state, too much went out, or somebody came who
     * sees further back, for whom changes of earlier messages were no news.
     */
    boolean broken() {
        return broken || thread.reach() < begunReach;
    }

    /** When subscribers were told last that events have become older or newer; 0: not since the audit began. */
    long freshnessAt() {
        return freshnessAt;
    }

    /** States of a listing that should have gone out since the record began, or that are not known, and have not. */
    List<ChatMessage> untold(List<ChatMessage> listed) {
        return listed.stream()
                .filter(m -> m.arrivedAt() >= thread.reach() && judged(m) && !told(m))
                .filter(m -> m.version() > begunMark
                        ? publishedBefore.getOrDefault(m.arrivedAt(), -1L) < m.version()
                        : m.version() > thread.window().lowerBound()
                                && thread.window().versionOf(m.arrivedAt()) < m.version())
                .toList();
    }

    /** Whether that state of the message, or a newer one, has gone out since. */
    boolean told(ChatMessage message) {
        return told.getOrDefault(message.arrivedAt(), -1L) >= message.version();
    }

    /** Of system messages those of participants are events of their own, in their first state. */
    private static boolean judged(ChatMessage message) {
        MessageType type = message.type();
        return switch (type) {
            case TEXT, HTML -> true;
            case PARTICIPANT_ADDED, PARTICIPANT_REMOVED -> message.version() == message.arrivedAt();
            case TOPIC_UPDATED -> false;
        };
    }
}
