package dev.chatgateway.fanout;

import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadSnapshot;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.protocol.StatePayloads;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The state of a thread at one revision, of which a subscription includes parts in its result and in a {@code resync}.
 * Immutable.
 *
 * @param roster null where the participants are not known
 */
record IncludedState(@Nullable Roster roster, ThreadSnapshot snapshot) {
    /** Every part is null: updates were dropped, and what they changed is not known. */
    static final IncludedState UNKNOWN = new IncludedState(null, ThreadSnapshot.UNKNOWN);

    private static final Set<String> USER_TYPES = Set.of(MessageType.TEXT.restName(), MessageType.HTML.restName());

    /**
     * The same with messages that the user's own listing shows: the newest of them may not be known to the poller yet, and
     * no event of them follows, as the result has them.
     *
     * @param listed messages in the JSON of the REST API
     */
    IncludedState with(JsonArray listed) {
        ThreadSnapshot.Recent recent = snapshot.recent();
        if (recent == null) {
            return this;
        }
        Map<Long, String> senders = new HashMap<>();
        for (Object entry : listed) {
            if (entry instanceof JsonObject message) {
                senders.put(Long.parseLong(message.getString("id")), sender(message));
            }
        }
        return new IncludedState(
                roster, new ThreadSnapshot(snapshot.receipts(), snapshot.typing(), recent.withSenders(senders)));
    }

    /** The sender of a message that can be unread; empty for a system message, or a deleted one. */
    private static String sender(JsonObject message) {
        boolean written = USER_TYPES.contains(message.getString("type", "")) && message.getValue("deletedOn") == null;
        if (!written || !(message.getValue("senderCommunicationIdentifier") instanceof JsonObject identifier)) {
            return "";
        }
        String rawId = identifier.getString("rawId");
        JsonObject user = identifier.getJsonObject("communicationUser", new JsonObject());
        return rawId == null ? user.getString("id", "") : rawId;
    }

    /** The parts that a user's subscription includes, each by its name; what is not known is null. */
    JsonObject json(Set<Part> include, String userId) {
        JsonObject json = new JsonObject();
        for (Part part : Part.values()) {
            if (include.contains(part)) {
                json.put(part.token(), value(part, userId));
            }
        }
        return json;
    }

    private @Nullable Object value(Part part, String userId) {
        return switch (part) {
            case PARTICIPANTS -> participants();
            case RECEIPTS -> receipts();
            case TYPING -> typing();
            case INBOX -> inbox(userId);
        };
    }

    private @Nullable JsonArray participants() {
        return roster == null
                ? null
                : StatePayloads.participants(roster.members().values());
    }

    private @Nullable JsonArray receipts() {
        List<ReadReceipt> receipts = snapshot.receipts();
        return receipts == null ? null : StatePayloads.receipts(receipts);
    }

    private @Nullable JsonArray typing() {
        List<ThreadSnapshot.Typing> typing = snapshot.typing();
        return typing == null ? null : StatePayloads.typing(typing);
    }

    private JsonObject inbox(String userId) {
        ReadReceipt mark = snapshot.receiptOf(userId);
        return new JsonObject()
                .put("unreadCount", unread(userId, mark))
                .put("lastReadMessageId", mark == null ? null : mark.messageId());
    }

    private @Nullable Integer unread(String userId, @Nullable ReadReceipt mark) {
        ThreadSnapshot.Recent recent = snapshot.recent();
        Participant member = roster == null ? null : roster.member(userId).orElse(null);
        if (recent == null || member == null || snapshot.receipts() == null) {
            return null;
        }
        Visibility visibility = Visibility.of(Set.of(), Set.of(), member);
        return recent.unread(
                userId, mark == null ? 0 : mark.messageArrivedAt(), visibility.from(), visibility.undecidedFrom());
    }
}
