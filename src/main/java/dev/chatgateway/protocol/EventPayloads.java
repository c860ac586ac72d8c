package dev.chatgateway.protocol;

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
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Parameters of event notifications, with the names and shapes of the official client's events. {@code recipient} is left
 * out, so that one payload serves all receivers. The hub adds {@code cursor} and {@code seq}. Pure; any thread.
 */
public final class EventPayloads {
    /** Prefix of the gateway's own metadata keys, such as {@code chatgateway.clientMessageId}. Clients do not get them. */
    private static final String HIDDEN = "chatgateway.";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** Begin of that year, in epoch seconds. */
    private static final long YEAR_10000 = 253_402_300_800L;

    private static final ChatEvent.Visitor<JsonObject> PARAMS = new PayloadWriter();

    private EventPayloads() {}

    /** The notification's parameters. */
    public static JsonObject params(ChatEvent event) {
        return event.accept(PARAMS);
    }

    /** A time as all frames write it: UTC with milliseconds. */
    public static String time(Instant time) {
        long second = time.getEpochSecond();
        if (second < 0 || second >= YEAR_10000) {
            return TIME.format(time);
        }
        // Written by hand: a formatter takes as long as the rest of an event's JSON.
        LocalDateTime date = LocalDateTime.ofEpochSecond(second, 0, ZoneOffset.UTC);
        byte[] text = "0000-00-00T00:00:00.000Z".getBytes(StandardCharsets.US_ASCII);
        digits(text, 3, date.getYear());
        digits(text, 6, date.getMonthValue());
        digits(text, 9, date.getDayOfMonth());
        digits(text, 12, date.getHour());
        digits(text, 15, date.getMinute());
        digits(text, 18, date.getSecond());
        digits(text, 22, time.getNano() / 1_000_000);
        return new String(text, StandardCharsets.US_ASCII);
    }

    /** Writes a number over zeros; its last digit goes to index {@code last}. */
    private static void digits(byte[] text, int last, int number) {
        for (int at = last, left = number; left > 0; at--, left /= 10) {
            text[at] = (byte) ('0' + left % 10);
        }
    }

    /** The properties of a thread as REST bodies have them. */
    public static JsonObject restProperties(ThreadProperties thread) {
        JsonObject json = new JsonObject()
                .put("id", thread.threadId())
                .put("topic", thread.topic())
                .put("createdOn", time(thread.createdOn()))
                .put("createdByCommunicationIdentifier", CommunicationIdentifiers.model(thread.createdById()))
                .put("metadata", metadata(thread.metadata()))
                .put("retentionPolicy", retention(thread));
        Instant deleted = thread.deletedOn();
        return deleted == null ? json : json.put("deletedOn", time(deleted));
    }

    private static JsonObject inThread(ChatEvent event) {
        return new JsonObject().put("threadId", event.threadId());
    }

    private static JsonObject versioned(ChatEvent event, long version) {
        return inThread(event).put("version", Long.toString(version));
    }

    private static JsonObject properties(ChatEvent event, long version, ThreadProperties thread) {
        return versioned(event, version)
                .put(
                        "properties",
                        new JsonObject().put("topic", thread.topic()).put("metadata", metadata(thread.metadata())))
                .put("retentionPolicy", retention(thread));
    }

    private static JsonObject retention(ThreadProperties thread) {
        Integer days = thread.retentionDays();
        return days == null
                ? new JsonObject().put("kind", "none")
                : new JsonObject().put("kind", "threadCreationDate").put("deleteThreadAfterDays", days);
    }

    private static JsonObject message(ChatEvent.MessageEvent event) {
        ChatMessage message = event.message();
        String sender = message.senderId();
        return inThread(event)
                .put("sender", sender == null ? null : CommunicationIdentifiers.kind(sender))
                .put("senderDisplayName", message.senderDisplayName())
                .put("id", message.id())
                .put("createdOn", time(message.createdOn()))
                .put("version", Long.toString(message.version()))
                .put("type", message.type().eventName());
    }

    private static JsonObject content(JsonObject json, ChatMessage message) {
        String text = message.text();
        String attachments = message.attachments();
        json.put("message", text == null ? "" : text).put("metadata", metadata(message.metadata()));
        return attachments == null ? json : json.put("attachments", new JsonArray(attachments));
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

    private static JsonArray participants(List<Participant> participants) {
        JsonArray array = new JsonArray();
        participants.forEach(p -> array.add(participant(p)
                .put("shareHistoryTime", time(p.shareHistoryTime()))
                .put("metadata", metadata(p.metadata()))));
        return array;
    }

    private static JsonObject participant(Participant participant) {
        String name = participant.displayName();
        return new JsonObject()
                .put("id", CommunicationIdentifiers.kind(participant.userId()))
                .put("displayName", name == null ? "" : name);
    }

    /** The user who made the change, with the display name of the event's own participants if it is one of them. */
    private static @Nullable JsonObject actor(@Nullable String userId, List<Participant> named) {
        if (userId == null) {
            return null;
        }
        return participant(named.stream()
                        .filter(p -> p.userId().equals(userId))
                        .findFirst()
                        .orElse(new Participant(userId, null, Instant.EPOCH, Map.of())))
                .put("metadata", new JsonObject());
    }

    private static @Nullable String optionalTime(@Nullable Instant time) {
        return time == null ? null : time(time);
    }

    /** One payload per event. */
    private static final class PayloadWriter implements ChatEvent.Visitor<JsonObject> {
        @Override
        public JsonObject messageReceived(MessageReceived event) {
            return content(message(event), event.message());
        }

        @Override
        public JsonObject messageEdited(MessageEdited event) {
            Instant edited = event.message().editedOn();
            Instant changed = Instant.ofEpochMilli(event.message().version());
            return content(message(event), event.message()).put("editedOn", time(edited == null ? changed : edited));
        }

        @Override
        public JsonObject messageDeleted(MessageDeleted event) {
            return message(event).put("deletedOn", optionalTime(event.message().deletedOn()));
        }

        @Override
        public JsonObject typingIndicator(TypingIndicator event) {
            return inThread(event)
                    .put("sender", CommunicationIdentifiers.kind(event.senderId()))
                    .put("senderDisplayName", event.senderDisplayName())
                    .put("version", Long.toString(event.receivedOn().toEpochMilli()))
                    .put("receivedOn", time(event.receivedOn()));
        }

        @Override
        public JsonObject typingStopped(TypingStopped event) {
            return inThread(event).put("sender", CommunicationIdentifiers.kind(event.senderId()));
        }

        @Override
        public JsonObject receiptMoved(ReceiptMoved event) {
            return inThread(event)
                    .put("sender", CommunicationIdentifiers.kind(event.receipt().readerId()))
                    .put("senderDisplayName", "")
                    .put("chatMessageId", event.receipt().messageId())
                    .put("readOn", time(event.receipt().readOn()));
        }

        @Override
        public JsonObject threadCreated(ThreadCreated event) {
            return properties(event, event.version(), event.properties())
                    .put("createdOn", time(event.properties().createdOn()))
                    .put("createdBy", actor(event.properties().createdById(), event.participants()))
                    .put("participants", participants(event.participants()));
        }

        @Override
        public JsonObject threadDeleted(ThreadDeleted event) {
            return versioned(event, event.deletedOn().toEpochMilli())
                    .put("deletedOn", time(event.deletedOn()))
                    .put("deletedBy", actor(event.deletedById(), List.of()))
                    .put("reason", event.byPolicy() ? "deletedByPolicy" : "deletedByUser");
        }

        @Override
        public JsonObject propertiesUpdated(PropertiesUpdated event) {
            return properties(event, event.version(), event.properties())
                    .put("updatedOn", time(event.updatedOn()))
                    .put("updatedBy", actor(event.updatedById(), List.of()));
        }

        @Override
        public JsonObject participantsAdded(ParticipantsAdded event) {
            return versioned(event, event.version())
                    .put("addedOn", time(event.addedOn()))
                    .put("addedBy", actor(event.addedById(), event.participants()))
                    .put("participantsAdded", participants(event.participants()));
        }

        @Override
        public JsonObject participantsRemoved(ParticipantsRemoved event) {
            return versioned(event, event.version())
                    .put("removedOn", time(event.removedOn()))
                    .put("removedBy", actor(event.removedById(), event.participants()))
                    .put("participantsRemoved", participants(event.participants()));
        }
    }
}
