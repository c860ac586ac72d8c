package dev.chatgateway.poll.thread;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadUpdate.Item;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Makes events of messages that the service does not know, for benchmarks. They are not in the window, so that no listing
 * is compared with them. Their ids are microseconds, so that none is the id of a message of the service.
 */
final class IngestedMessages {
    private static final String SENDER = "8:acs:ingest_ingest";

    private long lastId;

    List<Item> items(String threadId, List<String> contents, Position position, long now) {
        Instant createdOn = Instant.ofEpochMilli(now);
        return contents.stream()
                .map(content -> new Item(received(threadId, content, now, createdOn), position))
                .toList();
    }

    private ChatEvent received(String threadId, String content, long now, Instant createdOn) {
        lastId = Math.max(lastId + 1, now * 1000);
        return new ChatEvent.MessageReceived(
                threadId,
                new ChatMessage(
                        Long.toString(lastId),
                        now,
                        MessageType.TEXT,
                        createdOn,
                        SENDER,
                        "",
                        content,
                        null,
                        List.of(),
                        null,
                        null,
                        null,
                        null,
                        Map.of()));
    }
}
