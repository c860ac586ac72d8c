package dev.chatgateway.rest;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.metrics.GatewayMetrics;
import io.vertx.core.json.JsonObject;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What events of Event Grid make the poller look for, or show (reference 7.2). Stateless; any thread. */
final class PushedEvents {
    private static final String PREFIX = "Microsoft.Communication.Chat";
    private static final String TYPING = "TypingIndicatorReceivedInThread";

    /** A typing notification that is older tells of the past. */
    private static final long TYPING_MS = 10_000;

    /** How far the service's clock may be ahead. */
    private static final long AHEAD_MS = 5_000;

    private static final int ID_LENGTH = 256;
    private static final int NAME_LENGTH = 256;
    private static final Pattern MESSAGE_ID = Pattern.compile("[0-9]{1,18}");

    /** Beginnings of type names to what was written; user-level and thread-level events differ in their ends. */
    private static final Map<String, EventGroup> WRITTEN = Map.of(
            "MessageReceived", EventGroup.MESSAGES,
            "AzureBotCommandReceived", EventGroup.MESSAGES,
            "MessageEdited", EventGroup.EDITS,
            "MessageDeleted", EventGroup.EDITS,
            "ThreadPropertiesUpdated", EventGroup.PROPERTIES,
            "ThreadCreated", EventGroup.PROPERTIES,
            "ParticipantAdded", EventGroup.PARTICIPANTS,
            "ParticipantRemoved", EventGroup.PARTICIPANTS,
            "ThreadParticipantAdded", EventGroup.PARTICIPANTS,
            "ThreadParticipantRemoved", EventGroup.PARTICIPANTS);

    private final ThreadFeed feed;
    private final GatewayMetrics metrics;
    private final Clock clock;

    PushedEvents(ThreadFeed feed, GatewayMetrics metrics, Clock clock) {
        this.feed = feed;
        this.metrics = metrics;
        this.clock = clock;
    }

    /** The type's name in either schema; empty if there is none. */
    static String type(JsonObject event) {
        return text(event, "eventType").or(() -> text(event, "type")).orElse("");
    }

    /** Takes one event. One that can't be read is counted, and no reason to have the others sent again. */
    void take(JsonObject event) {
        String type = type(event);
        JsonObject data = event.getValue("data") instanceof JsonObject json ? json : new JsonObject();
        String threadId = text(data, "threadId").orElse("");
        if (!type.startsWith(PREFIX)) {
            metrics.polls().pushed("ignored");
        } else if (threadId.isEmpty() || threadId.length() > ID_LENGTH) {
            metrics.polls().pushed("malformed");
        } else {
            take(type.substring(PREFIX.length()), threadId, event, data);
        }
    }

    private void take(String name, String threadId, JsonObject event, JsonObject data) {
        Optional<EventGroup> written = WRITTEN.entrySet().stream()
                .filter(entry -> name.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
        if (name.equals(TYPING)) {
            typing(threadId, event, data);
        } else if (name.startsWith("ThreadDeleted") || name.startsWith("ThreadWithUserDeleted")) {
            poke(new Poke(threadId, "", 0, true, EnumSet.of(EventGroup.PROPERTIES)));
        } else if (written.isEmpty()) {
            metrics.polls().pushed("ignored");
        } else {
            boolean message = written.get() == EventGroup.MESSAGES || written.get() == EventGroup.EDITS;
            String id = message ? number(data, "messageId") : "";
            String version = message ? number(data, "version") : "";
            long least = version.isEmpty() ? 0 : Long.parseLong(version);
            poke(new Poke(threadId, id, least, false, EnumSet.of(written.get())));
        }
    }

    private void poke(Poke poke) {
        metrics.polls().pushed("poke");
        feed.pushed(poke);
    }

    private void typing(String threadId, JsonObject event, JsonObject data) {
        Optional<Instant> at =
                text(event, "eventTime").or(() -> text(event, "time")).flatMap(PushedEvents::time);
        Optional<String> sender = data.getValue("senderCommunicationIdentifier") instanceof JsonObject identifier
                ? text(identifier, "rawId")
                : text(data, "senderId");
        if (at.isEmpty() || sender.isEmpty() || sender.get().length() > ID_LENGTH) {
            metrics.polls().pushed("malformed");
            return;
        }
        long age = clock.millis() - at.get().toEpochMilli();
        if (age > TYPING_MS || age < -AHEAD_MS) {
            metrics.polls().pushed("stale");
            return;
        }
        metrics.polls().pushed("typing");
        String name = text(data, "senderDisplayName")
                .filter(n -> n.length() <= NAME_LENGTH)
                .orElse("");
        feed.typingPushed(threadId, sender.get(), name, at.get());
    }

    /** Numbers come as such or as strings. */
    private static String number(JsonObject data, String field) {
        String text = String.valueOf(data.getValue(field));
        return MESSAGE_ID.matcher(text).matches() ? text : "";
    }

    private static Optional<String> text(JsonObject json, String field) {
        return json.getValue(field) instanceof String text ? Optional.of(text) : Optional.empty();
    }

    private static Optional<Instant> time(String text) {
        try {
            Instant time = OffsetDateTime.parse(text).toInstant();
            return time.toEpochMilli() < 0 ? Optional.empty() : Optional.of(time);
        } catch (DateTimeException | ArithmeticException e) {
            return Optional.empty();
        }
    }
}
