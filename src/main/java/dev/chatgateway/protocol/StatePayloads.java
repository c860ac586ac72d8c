package dev.chatgateway.protocol;

import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadSnapshot.Typing;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.Comparator;

/**
 * A thread's state in the JSON of the methods that list it: times of lists have no fraction where they are whole seconds,
 * as the service writes them. Pure; any thread.
 */
public final class StatePayloads {
    private StatePayloads() {}

    /** Participants as {@code listParticipants} gives them, in the order of their ids. */
    public static JsonArray participants(Collection<Participant> participants) {
        JsonArray array = new JsonArray();
        participants.stream().sorted(Comparator.comparing(Participant::userId)).forEach(participant -> {
            JsonObject json = new JsonObject()
                    .put("communicationIdentifier", CommunicationIdentifiers.model(participant.userId()));
            if (participant.displayName() != null) {
                json.put("displayName", participant.displayName());
            }
            json.put("shareHistoryTime", participant.shareHistoryTime().toString());
            if (!participant.metadata().isEmpty()) {
                JsonObject metadata = new JsonObject();
                participant.metadata().forEach(metadata::put);
                json.put("metadata", metadata);
            }
            array.add(json);
        });
        return array;
    }

    /** Receipts as {@code listReadReceipts} gives them. */
    public static JsonArray receipts(Collection<ReadReceipt> receipts) {
        JsonArray array = new JsonArray();
        receipts.forEach(receipt -> array.add(new JsonObject()
                .put("senderCommunicationIdentifier", CommunicationIdentifiers.model(receipt.readerId()))
                .put("chatMessageId", receipt.messageId())
                .put("readOn", receipt.readOn().toString())));
        return array;
    }

    /** Who is typing; {@code sender} as in {@code typingIndicatorReceived}. */
    public static JsonArray typing(Collection<Typing> typing) {
        JsonArray array = new JsonArray();
        typing.forEach(one -> array.add(new JsonObject()
                .put("sender", CommunicationIdentifiers.kind(one.userId()))
                .put("senderDisplayName", one.displayName())
                .put("until", EventPayloads.time(one.until()))));
        return array;
    }
}
