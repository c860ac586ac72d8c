package dev.chatgateway.bench;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.Roster;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Ordinary chat: ids and names as long as the service's, messages of 300 bytes. */
public final class Samples {
    public static final String THREAD = "19:acsV1_aWZ3bTVnTXQwZGJhdWl1b2p0c2F5N2ZkYXNk@thread.v2";
    /** Epoch milliseconds that samples count from. */
    public static final long START = 1_750_000_000_123L;

    private static final String RESOURCE = "8:acs:5f3c1a52-7b0d-4a54-9a6a-9a1f6f0f4f53_0000001c-1a2b-3c4d-5e6f-";
    private static final String TEXT =
            "Shall we meet at noon, \"as always\"? ".repeat(9).substring(0, 300);

    private Samples() {}

    /** Raw id of a user. */
    public static String user(int number) {
        return RESOURCE + String.format("%012d", number);
    }

    /** A message's first state, or a later one where the version is higher than the id. */
    public static ChatMessage message(long id, long version) {
        return new ChatMessage(
                Long.toString(id),
                version,
                MessageType.TEXT,
                Instant.ofEpochMilli(id),
                user(1),
                "Ada Lovelace",
                TEXT,
                null,
                List.of(),
                null,
                null,
                version > id ? Instant.ofEpochMilli(version) : null,
                null,
                Map.of());
    }

    /** An event of that kind: {@code message}, {@code edit}, {@code receipt} or {@code typing}. */
    public static ChatEvent event(String kind) {
        return switch (kind) {
            case "message" -> new ChatEvent.MessageReceived(THREAD, message(START, START));
            case "edit" -> new ChatEvent.MessageEdited(THREAD, message(START, START + 5_000));
            case "receipt" ->
                new ChatEvent.ReceiptMoved(
                        THREAD, new ReadReceipt(user(2), Long.toString(START), Instant.ofEpochMilli(START + 900)));
            case "typing" ->
                new ChatEvent.TypingIndicator(THREAD, user(2), "Grace Hopper", Instant.ofEpochMilli(START));
            default -> throw new IllegalArgumentException("kind: " + kind);
        };
    }

    /** Where a thread may stand after a message of that version. */
    public static Position position(long version) {
        return new Position(version, RecentStates.NONE, 3, 5, 7);
    }

    /** That many members, who see everything. */
    public static Roster roster(int members) {
        Map<String, Participant> all = new HashMap<>();
        for (int i = 0; i < members; i++) {
            all.put(user(i), new Participant(user(i), "Member " + i, Instant.EPOCH, Map.of()));
        }
        return new Roster(all, Instant.ofEpochMilli(START));
    }
}
