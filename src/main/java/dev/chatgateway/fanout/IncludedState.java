package dev.chatgateway.fanout;

import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadSnapshot;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.protocol.StatePayloads;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
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
