package dev.chatgateway.upstream;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadProperties;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The chat service's JSON as records of the domain. Tolerant: unknown fields are ignored, and an object without a field
 * that the gateway needs is empty. A value that cannot be read does not count as absent where that would show more or lose
 * something: docs/architecture.md, "What can't be read", has the table. Pure.
 */
public final class WireModels {
    /** The last millisecond of the year 9999: stands for never. */
    public static final Instant NEVER = Instant.parse("9999-12-31T23:59:59.999Z");

    private static final long LAST_MS = NEVER.toEpochMilli();
    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
    private static final int MOST_RETENTION_DAYS = 100_000;

    private WireModels() {}

    /** A message; empty if its type is unknown, or its id or version is no number. */
    public static Optional<ChatMessage> message(JsonObject json) {
        Optional<MessageType> type = text(json, "type").flatMap(MessageType::ofRestName);
        Optional<String> id = text(json, "id").filter(WireModels::number);
        Optional<String> version = (present(json, "version") ? text(json, "version") : id).filter(WireModels::number);
        if (type.isEmpty() || id.isEmpty() || version.isEmpty()) {
            return Optional.empty();
        }
        JsonObject content = object(json, "content");
        long changedAt = Long.parseLong(version.get());
        Instant deletedOn = timeIfPresent(json, "deletedOn", Instant.ofEpochMilli(changedAt));
        return Optional.of(new ChatMessage(
                id.get(),
                changedAt,
                type.get(),
                time(json, "createdOn").orElse(Instant.ofEpochMilli(Long.parseLong(id.get()))),
                userId(object(json, "senderCommunicationIdentifier")).orElse(null),
                text(json, "senderDisplayName").orElse(""),
                type.get().system() || deletedOn != null
                        ? null
                        : text(content, "message").orElse(""),
                text(content, "topic").orElse(null),
                participants(content),
                userId(object(content, "initiatorCommunicationIdentifier")).orElse(null),
                content.getValue("attachments") instanceof JsonArray attachments && !attachments.isEmpty()
                        ? attachments.encode()
                        : null,
                timeIfPresent(json, "editedOn", Instant.ofEpochMilli(changedAt)),
                deletedOn,
                metadata(json)));
    }

    /** The id of a listed message of any type: its arrival, epoch milliseconds. -1 if it is no number. */
    public static long id(JsonObject message) {
        return text(message, "id")
                .filter(WireModels::number)
                .map(Long::parseLong)
                .orElse(-1L);
    }

    /** The version of a listed message of any type: its last change. The id where there is none; -1 if it is no number. */
    public static long version(JsonObject message) {
        return present(message, "version")
                ? text(message, "version")
                        .filter(WireModels::number)
                        .map(Long::parseLong)
                        .orElse(-1L)
                : id(message);
    }

    /** A participant; empty without an identifier. */
    public static Optional<Participant> participant(JsonObject json) {
        return userId(object(json, "communicationIdentifier"))
                .map(id -> new Participant(
                        id, text(json, "displayName").orElse(null), shareHistoryTime(json), metadata(json)));
    }

    /** Absent: all of the history. Unreadable: none of it, now and later. Never earlier than the service's value. */
    private static Instant shareHistoryTime(JsonObject json) {
        if (!present(json, "shareHistoryTime")) {
            return Instant.EPOCH;
        }
        Instant time = time(json, "shareHistoryTime").orElse(NEVER);
        Instant whole = time.truncatedTo(ChronoUnit.MILLIS);
        Instant up = whole.equals(time) || whole.equals(NEVER) ? whole : whole.plusMillis(1);
        return up.isBefore(Instant.EPOCH) ? Instant.EPOCH : up;
    }

    /** A read receipt; empty without reader, message or time. */
    public static Optional<ReadReceipt> receipt(JsonObject json) {
        Optional<String> reader = userId(object(json, "senderCommunicationIdentifier"));
        Optional<String> message = text(json, "chatMessageId").filter(WireModels::number);
        Optional<Instant> readOn = time(json, "readOn");
        return reader.isPresent() && message.isPresent() && readOn.isPresent()
                ? Optional.of(new ReadReceipt(reader.get(), message.get(), readOn.get()))
                : Optional.empty();
    }

    /** A thread of a user's list; empty without an id. */
    public static Optional<ThreadPage.Item> threadItem(JsonObject json) {
        return text(json, "id")
                .map(id -> new ThreadPage.Item(
                        id,
                        text(json, "topic").orElse(""),
                        present(json, "lastMessageReceivedOn")
                                ? time(json, "lastMessageReceivedOn")
                                        .map(Instant::toEpochMilli)
                                        .orElse(ThreadPage.UNREADABLE)
                                : 0,
                        present(json, "deletedOn")));
    }

    /**
     * A thread's properties; empty without an id.
     *
     * @param now replaces a time of deletion that cannot be read
     */
    public static Optional<ThreadProperties> properties(JsonObject json, Instant now) {
        return text(json, "id")
                .map(id -> new ThreadProperties(
                        id,
                        text(json, "topic").orElse(""),
                        time(json, "createdOn").orElse(Instant.EPOCH),
                        userId(object(json, "createdByCommunicationIdentifier")).orElse(""),
                        timeIfPresent(json, "deletedOn", now),
                        metadata(json),
                        retentionDays(object(json, "retentionPolicy"))));
    }

    /** Null: no retention policy that the gateway knows. */
    private static @Nullable Integer retentionDays(JsonObject policy) {
        boolean days = policy.getValue("deleteThreadAfterDays") instanceof Number number
                && number.doubleValue() == Math.rint(number.doubleValue())
                && number.doubleValue() >= 1
                && number.doubleValue() <= MOST_RETENTION_DAYS;
        return days ? policy.getNumber("deleteThreadAfterDays").intValue() : null;
    }

    /** The raw id of a CommunicationIdentifierModel. */
    public static Optional<String> userId(JsonObject identifier) {
        return text(identifier, "rawId")
                .or(() -> text(object(identifier, "communicationUser"), "id"))
                .filter(id -> !id.isEmpty());
    }

    /**
     * The readable entries of a collection; empty without a collection.
     *
     * @throws ChatServiceException if the value is no collection: that does not mean that there are no entries
     */
    static <T> List<T> values(JsonObject page, Function<JsonObject, Optional<T>> reader) {
        Object value = page.getValue("value");
        if (value != null && !(value instanceof JsonArray)) {
            throw new ChatServiceException(
                    ChatServiceException.Kind.UNAVAILABLE,
                    502,
                    "BadGateway",
                    "The chat service's listing can't be read.",
                    -1,
                    null);
        }
        return all(value, reader);
    }

    /** Null if the value is absent; the stand-in if it cannot be read. */
    private static @Nullable Instant timeIfPresent(JsonObject json, String name, Instant standIn) {
        return present(json, name) ? time(json, name).orElse(standIn) : null;
    }

    /** A date-time with up to nine digits of a second and any offset, limited to the years 1 to 9999. */
    static Optional<Instant> time(JsonObject json, String name) {
        return text(json, name).map(WireModels::instant);
    }

    private static List<Participant> participants(JsonObject content) {
        return all(content.getValue("participants"), WireModels::participant);
    }

    private static <T> List<T> all(@Nullable Object array, Function<JsonObject, Optional<T>> reader) {
        List<T> all = new ArrayList<>();
        if (array instanceof JsonArray values) {
            for (Object value : values) {
                if (value instanceof JsonObject json) {
                    reader.apply(json).ifPresent(all::add);
                }
            }
        }
        return List.copyOf(all);
    }

    private static @Nullable Instant instant(String text) {
        try {
            Instant time = DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text, Instant::from);
            return time.isAfter(NEVER) ? NEVER : time.isBefore(FIRST) ? FIRST : time;
        } catch (DateTimeException e) {
            return null;
        }
    }

    /** Without the gateway's own entries. */
    private static Map<String, String> metadata(JsonObject json) {
        Map<String, String> metadata = new HashMap<>();
        object(json, "metadata").forEach(entry -> {
            if (entry.getValue() instanceof String value && !GatewayMetadata.owns(entry.getKey())) {
                metadata.put(entry.getKey(), value);
            }
        });
        return Map.copyOf(metadata);
    }

    private static boolean present(JsonObject json, String name) {
        return json.getValue(name) != null;
    }

    private static Optional<String> text(JsonObject json, String name) {
        return json.getValue(name) instanceof String text ? Optional.of(text) : Optional.empty();
    }

    private static JsonObject object(JsonObject json, String name) {
        return json.getValue(name) instanceof JsonObject object ? object : new JsonObject();
    }

    /** Ids and versions are epoch milliseconds. */
    private static boolean number(String text) {
        return !text.isEmpty()
                && text.length() <= 18
                && text.chars().allMatch(c -> c >= '0' && c <= '9')
                && Long.parseLong(text) <= LAST_MS;
    }
}
