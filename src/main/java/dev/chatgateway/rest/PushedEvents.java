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

/**
 * Handles the events of Event Grid (docs/service-reference.md, Event Grid): triggers polls and publishes typing.
 * Thread-safe.
 */
final class PushedEvents {
    private static final String PREFIX = "Microsoft.Communication.Chat";
    private static final String TYPING = "TypingIndicatorReceivedInThread";

    /** Older typing notifications are dropped. */
    private static final long MAX_TYPING_AGE_MS = 10_000;

    /** Clock difference to the service that is tolerated. */
    private static final long MAX_CLOCK_SKEW_MS = 5_000;

    private static final int MAX_ID_LENGTH = 256;
    private static final int MAX_NAME_LENGTH = 256;
    private static final Pattern MESSAGE_ID = Pattern.compile("[0-9]{1,18}");

    /** Event groups by prefix of the type name. User-level and thread-level events differ in their suffix. */
    private static final Map<String, EventGroup> GROUPS = Map.of(
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

    /** The type of an event in either schema; empty if it is missing. */
    static String type(JsonObject event) {
        return text(event, "eventType").or(() -> text(event, "type")).orElse("");
    }

    /**
     * Handles one event. A malformed event is counted and does not fail the request, because Event Grid would send the
     * whole batch again.
     */
    void handle(JsonObject event) {
        String type = type(event);
        JsonObject data = event.getValue("data") instanceof JsonObject json ? json : new JsonObject();
        String threadId = text(data, "threadId").orElse("");
        if (!type.startsWith(PREFIX)) {
            metrics.polls().pushed("ignored");
        } else if (threadId.isEmpty() || threadId.length() > MAX_ID_LENGTH) {
            metrics.polls().pushed("malformed");
        } else {
            handle(type.substring(PREFIX.length()), threadId, event, data);
        }
    }

    private void handle(String name, String threadId, JsonObject event, JsonObject data) {
        Optional<EventGroup> group = GROUPS.entrySet().stream()
                .filter(entry -> name.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
        if (name.equals(TYPING)) {
            typing(threadId, event, data);
        } else if (name.startsWith("ThreadDeleted") || name.startsWith("ThreadWithUserDeleted")) {
            poke(new Poke(threadId, "", 0, true, EnumSet.of(EventGroup.PROPERTIES)));
        } else if (group.isEmpty()) {
            metrics.polls().pushed("ignored");
        } else {
            boolean message = group.get() == EventGroup.MESSAGES || group.get() == EventGroup.EDITS;
            String id = message ? number(data, "messageId") : "";
            String version = message ? number(data, "version") : "";
            long minVersion = version.isEmpty() ? 0 : Long.parseLong(version);
            poke(new Poke(threadId, id, minVersion, false, EnumSet.of(group.get())));
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
        if (at.isEmpty() || sender.isEmpty() || sender.get().length() > MAX_ID_LENGTH) {
            metrics.polls().pushed("malformed");
            return;
        }
        long age = clock.millis() - at.get().toEpochMilli();
        if (age > MAX_TYPING_AGE_MS || age < -MAX_CLOCK_SKEW_MS) {
            metrics.polls().pushed("stale");
            return;
        }
        metrics.polls().pushed("typing");
        String name = text(data, "senderDisplayName")
                .filter(n -> n.length() <= MAX_NAME_LENGTH)
                .orElse("");
        feed.typingPushed(threadId, sender.get(), name, at.get());
    }

    /** Reads a number that may be encoded as a string; empty if it is invalid. */
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
