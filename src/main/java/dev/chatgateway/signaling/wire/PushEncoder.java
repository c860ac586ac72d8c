package dev.chatgateway.signaling.wire;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.MessageDeleted;
import dev.chatgateway.event.ChatEvent.MessageEdited;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatEvent.ParticipantsAdded;
import dev.chatgateway.event.ChatEvent.ParticipantsRemoved;
import dev.chatgateway.event.ChatEvent.PropertiesUpdated;
import dev.chatgateway.event.ChatEvent.ReceiptMoved;
import dev.chatgateway.event.ChatEvent.ThreadCreated;
import dev.chatgateway.event.ChatEvent.ThreadDeleted;
import dev.chatgateway.event.ChatEvent.TypingIndicator;
import dev.chatgateway.event.ChatEvent.TypingStopped;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.protocol.EventPayloads;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Events as the official client parses them from pushes. Stateless. */
public final class PushEncoder {
    /** Begins the metadata keys that are the gateway's own: not shown. */
    private static final String HIDDEN = "chatgateway.";

    private static final FieldWriter WRITER = new FieldWriter();

    private PushEncoder() {}

    /** Encodes the part of the push that all receivers share. */
    public static Push.Body encode(ChatEvent event) {
        JsonObject json = fields(event);
        String text = json.encode();
        byte[] inner = Push.escaped(text.substring(1, text.length() - 1)).getBytes(StandardCharsets.UTF_8);
        return new Push.Body(event.type().method(), inner, EventStates.brief(event));
    }

    /** The members of the push's body, without the receiver. */
    public static JsonObject fields(ChatEvent event) {
        return event.accept(WRITER);
    }

    /** Writes the fields of each event. */
    private static final class FieldWriter implements ChatEvent.Visitor<JsonObject> {
        @Override
        public JsonObject messageReceived(MessageReceived event) {
            return content(message(200, event, event.message()), event.message());
        }

        @Override
        public JsonObject messageEdited(MessageEdited event) {
            ChatMessage message = event.message();
            return content(message(247, event, message), message).put("edittime", changed(message.editedOn(), message));
        }

        @Override
        public JsonObject messageDeleted(MessageDeleted event) {
            ChatMessage message = event.message();
            return message(248, event, message).put("deletetime", changed(message.deletedOn(), message));
        }

        @Override
        public JsonObject typingIndicator(TypingIndicator event) {
            return base(245, event, event.senderId())
                    .put("senderDisplayName", event.senderDisplayName())
                    .put("version", Long.toString(event.receivedOn().toEpochMilli()))
                    .put("originalArrivalTime", EventPayloads.time(event.receivedOn()));
        }

        @Override
        public JsonObject typingStopped(TypingStopped event) {
            throw new IllegalArgumentException("no push tells that typing has stopped");
        }

        @Override
        public JsonObject receiptMoved(ReceiptMoved event) {
            return receipt(event);
        }

        @Override
        public JsonObject threadCreated(ThreadCreated event) {
            ThreadProperties thread = event.properties();
            return base(257, event, thread.createdById())
                    .put("threadId", event.threadId())
                    .put("version", Long.toString(event.version()))
                    .put("createTime", EventPayloads.time(thread.createdOn()))
                    .put("createdBy", actor(thread.createdById(), event.participants()))
                    .put("members", participants(event.participants()))
                    .put("properties", properties(thread));
        }

        @Override
        public JsonObject threadDeleted(ThreadDeleted event) {
            JsonObject json = change(259, event, event.deletedOn().toEpochMilli(), event.deletedById())
                    .put("deleteTime", EventPayloads.time(event.deletedOn()))
                    .put("reason", event.byPolicy() ? "deletedByPolicy" : "deletedByUser");
            return event.byPolicy() ? json : json.put("deletedBy", actor(event.deletedById(), List.of()));
        }

        @Override
        public JsonObject propertiesUpdated(PropertiesUpdated event) {
            return change(258, event, event.version(), event.updatedById())
                    .put("editTime", EventPayloads.time(event.updatedOn()))
                    .put("editedBy", actor(event.updatedById(), List.of()))
                    .put("properties", properties(event.properties()));
        }

        @Override
        public JsonObject participantsAdded(ParticipantsAdded event) {
            return change(260, event, event.version(), event.addedById())
                    .put("time", EventPayloads.time(event.addedOn()))
                    .put("addedBy", actor(event.addedById(), event.participants()))
                    .put("participantsAdded", participants(event.participants()));
        }

        @Override
        public JsonObject participantsRemoved(ParticipantsRemoved event) {
            return change(261, event, event.version(), event.removedById())
                    .put("time", EventPayloads.time(event.removedOn()))
                    .put("removedBy", actor(event.removedById(), event.participants()))
                    .put("participantsRemoved", participants(event.participants()));
        }
    }

    private static JsonObject change(int id, ChatEvent event, long version, @Nullable String actorId) {
        return base(id, event, actorId).put("threadId", event.threadId()).put("version", Long.toString(version));
    }

    /** The client loses an event whose sender is no string. */
    private static JsonObject base(int id, ChatEvent event, @Nullable String senderId) {
        return new JsonObject()
                .put("eventId", id)
                .put("senderId", senderId == null ? "" : senderId)
                .put("groupId", event.threadId());
    }

    private static JsonObject message(int id, ChatEvent event, ChatMessage message) {
        return base(id, event, message.senderId())
                .put("messageId", message.id())
                .put("messageType", message.type().eventName())
                .put("senderDisplayName", message.senderDisplayName())
                .put("originalArrivalTime", EventPayloads.time(message.createdOn()))
                .put("version", Long.toString(message.version()));
    }

    private static JsonObject content(JsonObject json, ChatMessage message) {
        String text = message.text();
        String attachments = message.attachments();
        json.put("messageBody", text == null ? "" : text)
                .put("acsChatMessageMetadata", metadata(message.metadata()).encode());
        return attachments == null ? json : json.put("attachments", attachments);
    }

    private static String changed(@Nullable Instant time, ChatMessage message) {
        return EventPayloads.time(time == null ? Instant.ofEpochMilli(message.version()) : time);
    }

    private static JsonObject receipt(ReceiptMoved event) {
        String reader = event.receipt().readerId();
        String messageId = event.receipt().messageId();
        // The service rounds the time of a receipt down to the second, which may lie before the message was sent. The
        // clients show a message as seen only if its time is not after the receipt's.
        long readMs = Math.max(
                event.receipt().readOn().toEpochMilli(), event.receipt().messageArrivedAt());
        JsonObject horizon = new JsonObject()
                .put("user", reader)
                .put("consumptionhorizon", messageId + ";" + readMs + ";0")
                .put("messageVisibilityTime", 0)
                .put("version", Long.toString(readMs));
        return base(246, event, reader)
                .put("senderDisplayName", "")
                .put("messageId", messageId)
                .put("messageBody", horizon.encode());
    }

    private static String participants(List<Participant> participants) {
        JsonArray array = new JsonArray();
        participants.forEach(p -> array.add(participant(p).put("shareHistoryTime", time(p))));
        return unescapable(array.encode());
    }

    private static String time(Participant participant) {
        return EventPayloads.time(participant.shareHistoryTime());
    }

    /** Who did it, with the name that the event itself brings, if it does. The client cannot read an event without it. */
    private static String actor(@Nullable String userId, List<Participant> named) {
        String id = userId == null ? "" : userId;
        Participant participant = named.stream()
                .filter(p -> p.userId().equals(id))
                .findFirst()
                .orElse(new Participant(id, null, Instant.EPOCH, Map.of()));
        return unescapable(participant(participant).encode());
    }

    private static JsonObject participant(Participant participant) {
        String name = participant.displayName();
        return new JsonObject()
                .put("participantId", participant.userId())
                .put("displayName", name == null ? "" : name)
                .put("memberMetaData", metadata(participant.metadata()).encode());
    }

    private static String properties(ThreadProperties thread) {
        JsonObject json = new JsonObject()
                .put("topic", thread.topic())
                .put("acsChatThreadMetadata", metadata(thread.metadata()).encode());
        Integer days = thread.retentionDays();
        if (days != null) {
            JsonObject policy = new JsonObject()
                    .put("retentionPolicyType", "DeleteAfterCreationTime")
                    .put("executeAfter", days + ".00:00:00");
            json.put("retentionPolicy", policy.encode());
        }
        return unescapable(json.encode());
    }

    /** The client passes these texts through JavaScript's {@code unescape}, which decodes each {@code %}. */
    private static String unescapable(String json) {
        return json.replace("%", "%25");
    }

    private static JsonObject metadata(Map<String, String> metadata) {
        JsonObject json = new JsonObject();
        metadata.forEach((key, value) -> {
            if (!key.startsWith(HIDDEN)) {
                json.put(key, value);
            }
        });
        return json;
    }
}
