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
 * Events as the official client names and shapes them (reference section 8), without {@code recipient}, so that one
 * payload serves all receivers. {@code cursor} and {@code seq} are the hub's to add.
 */
public final class EventPayloads {
    /** Begins the metadata keys that are the gateway's own, such as {@code chatgateway.clientMessageId}: not shown. */
    private static final String HIDDEN = "chatgateway.";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private static final long YEAR_10000 = 253_402_300_800L;

    private EventPayloads() {}

    /** The notification's method. */
    public static String method(ChatEvent event) {
        if (event instanceof MessageReceived) {
            return "chatMessageReceived";
        } else if (event instanceof MessageEdited) {
            return "chatMessageEdited";
        } else if (event instanceof MessageDeleted) {
            return "chatMessageDeleted";
        } else if (event instanceof TypingIndicator) {
            return "typingIndicatorReceived";
        } else if (event instanceof ReceiptMoved) {
            return "readReceiptReceived";
        } else if (event instanceof ThreadCreated) {
            return "chatThreadCreated";
        } else if (event instanceof ThreadDeleted) {
            return "chatThreadDeleted";
        } else if (event instanceof PropertiesUpdated) {
            return "chatThreadPropertiesUpdated";
        } else if (event instanceof ParticipantsAdded) {
            return "participantsAdded";
        }
        return "participantsRemoved";
    }

    /** The notification's parameters. */
    public static JsonObject params(ChatEvent event) {
        JsonObject json = new JsonObject().put("threadId", event.threadId());
        if (event instanceof MessageReceived e) {
            return content(message(json, e.message()), e.message());
        } else if (event instanceof MessageEdited e) {
            Instant edited = e.message().editedOn();
            return content(message(json, e.message()), e.message())
                    .put(
                            "editedOn",
                            time(
                                    edited == null
                                            ? Instant.ofEpochMilli(e.message().version())
                                            : edited));
        } else if (event instanceof MessageDeleted e) {
            return message(json, e.message())
                    .put("deletedOn", optionalTime(e.message().deletedOn()));
        } else if (event instanceof TypingIndicator e) {
            return json.put("sender", CommunicationIdentifiers.kind(e.senderId()))
                    .put("senderDisplayName", e.senderDisplayName())
                    .put("version", Long.toString(e.receivedOn().toEpochMilli()))
                    .put("receivedOn", time(e.receivedOn()));
        } else if (event instanceof ReceiptMoved e) {
            return json.put("sender", CommunicationIdentifiers.kind(e.receipt().readerId()))
                    .put("senderDisplayName", "")
                    .put("chatMessageId", e.receipt().messageId())
                    .put("readOn", time(e.receipt().readOn()));
        }
        return thread(json, event);
    }

    /** A JSON-RPC notification. */
    public static JsonObject notification(String method, JsonObject params) {
        return new JsonObject().put("jsonrpc", "2.0").put("method", method).put("params", params);
    }

    /** A time on the wire: UTC with milliseconds. */
    public static String time(Instant time) {
        long second = time.getEpochSecond();
        if (second < 0 || second >= YEAR_10000) {
            return TIME.format(time);
        }
        // A formatter takes as long as all the rest of an event's JSON.
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

    /** Puts a number's digits where noughts stand, the last of them at that place. */
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

    private static JsonObject thread(JsonObject json, ChatEvent event) {
        if (event instanceof ThreadCreated e) {
            return shared(json.put("version", Long.toString(e.version())), e.properties())
                    .put("createdOn", time(e.properties().createdOn()))
                    .put("createdBy", actor(e.properties().createdById(), e.participants()))
                    .put("participants", participants(e.participants()));
        } else if (event instanceof ThreadDeleted e) {
            return json.put("version", Long.toString(e.deletedOn().toEpochMilli()))
                    .put("deletedOn", time(e.deletedOn()))
                    .put("deletedBy", actor(e.deletedById(), List.of()))
                    .put("reason", e.byPolicy() ? "deletedByPolicy" : "deletedByUser");
        } else if (event instanceof PropertiesUpdated e) {
            return shared(json.put("version", Long.toString(e.version())), e.properties())
                    .put("updatedOn", time(e.updatedOn()))
                    .put("updatedBy", actor(e.updatedById(), List.of()));
        } else if (event instanceof ParticipantsAdded e) {
            return json.put("version", Long.toString(e.version()))
                    .put("addedOn", time(e.addedOn()))
                    .put("addedBy", actor(e.addedById(), e.participants()))
                    .put("participantsAdded", participants(e.participants()));
        } else if (event instanceof ParticipantsRemoved e) {
            return json.put("version", Long.toString(e.version()))
                    .put("removedOn", time(e.removedOn()))
                    .put("removedBy", actor(e.removedById(), e.participants()))
                    .put("participantsRemoved", participants(e.participants()));
        }
        throw new IllegalArgumentException(
                "event: " + event.getClass().getSimpleName() + " (expected: a thread event)");
    }

    private static JsonObject shared(JsonObject json, ThreadProperties thread) {
        return json.put(
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

    private static JsonObject message(JsonObject json, ChatMessage message) {
        String sender = message.senderId();
        return json.put("sender", sender == null ? null : CommunicationIdentifiers.kind(sender))
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

    /** Who did it, with the name that the event itself brings, if it does. */
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
}
