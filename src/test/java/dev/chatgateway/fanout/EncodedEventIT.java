package dev.chatgateway.fanout;

import static dev.chatgateway.fanout.HubFixture.START;
import static dev.chatgateway.fanout.HubFixture.THREAD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.protocol.CursorCodec;
import dev.chatgateway.protocol.EventPayloads;
import dev.chatgateway.protocol.FrameEncoder;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A frame assembled from the shared head and the number equals the notification encoded as one JSON object. */
class EncodedEventIT {
    private static final Instant AT = Instant.ofEpochMilli(START);
    private static final Position POSITION = new Position(START, RecentStates.NONE, 1, 1, 1);

    private final CursorCodec cursors = new CursorCodec(new byte[32], null);

    static Stream<ChatEvent> events() {
        Participant bob = new Participant("8:orgid:b", "Bob \"the\" /builder/ \\", AT, Map.of("k", "v\u0001"));
        ThreadProperties tea =
                new ThreadProperties(THREAD, "Tea\n\u2028 & <biscuits>", AT, "8:acs:a", null, Map.of("x", "y"), 40);
        return Stream.of(
                new ChatEvent.MessageReceived(THREAD, message("plain")),
                new ChatEvent.MessageEdited(THREAD, message("edited")),
                new ChatEvent.MessageDeleted(THREAD, message("")),
                new ChatEvent.TypingIndicator(THREAD, "4:+4912345", "Carol", AT),
                new ChatEvent.ReceiptMoved(THREAD, new ReadReceipt("8:acs:a_b_c", "17", AT)),
                new ChatEvent.ThreadCreated(tea, START, List.of(bob)),
                new ChatEvent.ThreadDeleted(THREAD, AT, null, true),
                new ChatEvent.PropertiesUpdated(tea, START, AT, "8:acs:a"),
                new ChatEvent.ParticipantsAdded(THREAD, START, AT, "8:acs:a", List.of(bob)),
                new ChatEvent.ParticipantsRemoved(THREAD, START, AT, null, List.of(bob)));
    }

    @ParameterizedTest
    @MethodSource("events")
    void each_event_is_encoded_like_its_json(ChatEvent event) {
        for (long seq : new long[] {1, 9_999_999_999L}) {
            assertSame(event, seq);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"\\/\b\f\n\r\t",
                "\u0000\u001f\u007f\u0080\u009f\u2028\u2029\ufeff\uffff",
                "Gr\u00fc\u00dfe \u6f22\u5b57 \ud83d\ude00",
                "half \ud83d a pair \ude00",
                "</script>&amp;'"
            })
    void special_characters_are_encoded_like_json(String text) {
        assertSame(new ChatEvent.MessageReceived(THREAD, message(text)), 7);
        assertSame(new ChatEvent.MessageReceived(THREAD, message(text.repeat(3_000))), 7);
    }

    private void assertSame(ChatEvent event, long seq) {
        EncodedEvent made = new EncodedEvent(new Item(event, POSITION), cursors);
        JsonObject params = EventPayloads.params(event).put("cursor", cursors.encode(event.threadId(), POSITION));
        if (event.type().numbered()) {
            params.put("seq", seq);
        }
        byte[] whole = FrameEncoder.notification(event.type().method(), params)
                .encode()
                .getBytes(StandardCharsets.UTF_8);
        assertThat(made.frame(seq).bytes()).isEqualTo(whole);
        assertThat(made.frame(seq).size()).isEqualTo(whole.length);
        assertThat(made.frame(seq).text()).isEqualTo(new String(whole, StandardCharsets.UTF_8));
    }

    private static ChatMessage message(String text) {
        return new ChatMessage(
                Long.toString(START),
                START + 1,
                MessageType.HTML,
                AT,
                "8:acs:r_alice",
                "Alice " + text,
                text,
                null,
                List.of(),
                null,
                "[{\"id\":\"1\",\"url\":\"https://x/?a=b\"}]",
                null,
                AT,
                Map.of("k", text, "chatgateway.clientMessageId", "hidden"));
    }
}
