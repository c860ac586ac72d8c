package dev.chatgateway.embedded.store;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes messages: assigns id, sequence id and version. Moves the thread's last-message time, except for a removal. */
public final class MessageLog {
    private final Table<Rows.ChatThread> threads;
    private final Messages messages;

    public MessageLog(Table<Rows.ChatThread> threads, Messages messages) {
        this.threads = threads;
        this.messages = messages;
    }

    /** A message without id. */
    public record Draft(
            String type,
            String sender,
            String senderDisplayName,
            String content,
            Map<String, String> metadata,
            @Nullable List<Rows.Member> participants) {}

    /** Appends a message. Returns the changed thread, whose version is the id of the message. */
    public Rows.ChatThread append(Rows.ChatThread thread, long now, Draft draft) {
        long id = thread.nextVersion(now);
        Rows.ChatThread next = thread.withMessage(id, !draft.type().equals(Rows.Message.PARTICIPANT_REMOVED));
        Rows.Message message = new Rows.Message(
                id,
                next.sequence(),
                id,
                draft.type(),
                draft.sender(),
                draft.senderDisplayName(),
                draft.content(),
                draft.metadata(),
                draft.participants(),
                0,
                0);
        messages.add(thread.id(), message);
        threads.put(thread.id(), next);
        return next;
    }

    public Rows.ChatThread topicUpdated(Rows.ChatThread thread, long now, String initiator) {
        return append(
                thread, now, new Draft(Rows.Message.TOPIC_UPDATED, initiator, "", thread.topic(), Map.of(), null));
    }

    public Rows.ChatThread participantsAdded(
            Rows.ChatThread thread, long now, String initiator, List<Rows.Member> added) {
        return append(thread, now, new Draft(Rows.Message.PARTICIPANT_ADDED, initiator, "", "", Map.of(), added));
    }

    public Rows.ChatThread participantRemoved(Rows.ChatThread thread, long now, String initiator, Rows.Member removed) {
        return append(
                thread,
                now,
                new Draft(Rows.Message.PARTICIPANT_REMOVED, initiator, "", "", Map.of(), List.of(removed)));
    }

    /** Stores the new state of a message; its version must come from {@link Rows.ChatThread#nextVersion}. */
    public void replace(Rows.ChatThread thread, Rows.Message old, Rows.Message changed) {
        messages.replace(thread.id(), old, changed);
        threads.put(thread.id(), thread.withVersion(changed.version()));
    }
}
