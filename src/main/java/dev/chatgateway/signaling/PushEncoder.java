package dev.chatgateway.signaling;

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
final class PushEncoder {
    /** Begins the metadata keys that are the gateway's own: not shown. */
    private static final String HIDDEN = "chatgateway.";

    private PushEncoder() {}

    /** What all receivers of the event share. */
    static Push.Body encode(ChatEvent event) {
        JsonObject json = fields(event);
        String text = json.encode();
        byte[] inner = Push.escaped(text.substring(1, text.length() - 1)).getBytes(StandardCharsets.UTF_8);
        return new Push.Body(EventPayloads.method(event), inner, event instanceof TypingIndicator);
    }

    /** The members of the push's body, without the receiver. */
    static JsonObject fields(ChatEvent event) {
        if (event instanceof MessageReceived e) {
            return content(message(200, event, e.message()), e.message());
        } else if (event instanceof MessageEdited e) {
            return content(message(247, event, e.message()), e.message())
                    .put("edittime", changed(e.message().editedOn(), e.message()));
        } else if (event instanceof MessageDeleted e) {
            return message(248, event, e.message())
                    .put("deletetime", changed(e.message().deletedOn(), e.message()));
        } else if (event instanceof TypingIndicator e) {
            return base(245, event, e.senderId())
                    .put("senderDisplayName", e.senderDisplayName())
                    .put("version", Long.toString(e.receivedOn().toEpochMilli()))
                    .put("originalArrivalTime", EventPayloads.time(e.receivedOn()));
        } else if (event instanceof ReceiptMoved e) {
            return receipt(e);
        }
        return thread(event);
    }

    private static JsonObject thread(ChatEvent event) {
        if (event instanceof ThreadCreated e) {
            return base(257, event, e.properties().createdById())
                    .put("threadId", event.threadId())
                    .put("version", Long.toString(e.version()))
                    .put("createTime", EventPayloads.time(e.properties().createdOn()))
                    .put("createdBy", actor(e.properties().createdById(), e.participants()))
                    .put("members", participants(e.participants()))
                    .put("properties", properties(e.properties()));
        } else if (event instanceof PropertiesUpdated e) {
            return change(258, event, e.version(), e.updatedById())
                    .put("editTime", EventPayloads.time(e.updatedOn()))
                    .put("editedBy", actor(e.updatedById(), List.of()))
                    .put("properties", properties(e.properties()));
        } else if (event instanceof ThreadDeleted e) {
            JsonObject json = change(259, event, e.deletedOn().toEpochMilli(), e.deletedById())
                    .put("deleteTime", EventPayloads.time(e.deletedOn()))
                    .put("reason", e.byPolicy() ? "deletedByPolicy" : "deletedByUser");
            return e.byPolicy() ? json : json.put("deletedBy", actor(e.deletedById(), List.of()));
        } else if (event instanceof ParticipantsAdded e) {
            return change(260, event, e.version(), e.addedById())
                    .put("time", EventPayloads.time(e.addedOn()))
                    .put("addedBy", actor(e.addedById(), e.participants()))
                    .put("participantsAdded", participants(e.participants()));
        } else if (event instanceof ParticipantsRemoved e) {
            return change(261, event, e.version(), e.removedById())
                    .put("time", EventPayloads.time(e.removedOn()))
                    .put("removedBy", actor(e.removedById(), e.participants()))
                    .put("participantsRemoved", participants(e.participants()));
        }
        throw new IllegalArgumentException("event: " + event.getClass().getSimpleName() + " (expected: a known one)");
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
        long readMs = event.receipt().readOn().toEpochMilli();
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
