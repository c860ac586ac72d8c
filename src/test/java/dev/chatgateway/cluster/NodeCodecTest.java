package dev.chatgateway.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.smile.databind.SmileMapper;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadProperties;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What nodes tell each other comes through as it was. */
class NodeCodecTest {
    private static final Instant NOW = Instant.ofEpochMilli(1_800_000_000_123L);
    private static final Participant ANN = new Participant("8:acs:ann", "Ann", NOW, Map.of("k", "v"));
    private static final Participant BEN = new Participant("8:acs:ben", null, Instant.EPOCH, Map.of());
    private static final ThreadProperties PROPERTIES =
            new ThreadProperties("t", "Lunch", NOW, "8:acs:ann", null, Map.of("a", "b"), 30);

    private final NodeCodec codec = new NodeCodec();

    static Stream<NodeMessage> messages() {
        ChatMessage message = new ChatMessage(
                "1800000000123",
                1_800_000_000_456L,
                MessageType.HTML,
                NOW,
                "8:acs:ann",
                "Ann",
                "<b>half \uD83D\uDE00 and ä</b>",
                null,
                List.of(ANN),
                "8:acs:ben",
                "[]",
                NOW,
                null,
                Map.of("m", "n"));
        return Stream.of(
                new NodeMessage.Interest("t", Set.of(EventGroup.MESSAGES, EventGroup.RECEIPTS), true, 17),
                new NodeMessage.PermitRequest(7, "t", "8:acs:ann", "SEND_MESSAGE"),
                new NodeMessage.PermitReply(7, -1),
                new NodeMessage.PermitEnd(Long.MAX_VALUE, true, 3_000),
                new NodeMessage.Renewal(List.of("t", "u")),
                new NodeMessage.Withdrawal("t"),
                new NodeMessage.Moved("t", 0.25),
                new NodeMessage.Forgotten("t"),
                new NodeMessage.State(
                        "t",
                        "AAEC",
                        Long.MAX_VALUE,
                        new NodeMessage.Members(List.of(ANN, BEN), 17),
                        PROPERTIES,
                        List.of(new ReadReceipt("8:acs:ann", "1800000000123", NOW)),
                        true,
                        new Freshness(Freshness.Source.DIGEST, 15_000)),
                new NodeMessage.Told(
                        "t",
                        List.of(message),
                        List.of(),
                        List.of(BEN),
                        -1,
                        null,
                        new Freshness(Freshness.Source.DEGRADED, 40_000),
                        "throttled",
                        true,
                        NOW,
                        true,
                        Long.MIN_VALUE,
                        Long.MAX_VALUE,
                        7,
                        new RecentStates(2, 0, List.of(1, 0xFFFFFF), 0)),
                new NodeMessage.Told(
                        "t",
                        List.of(),
                        List.of(),
                        null,
                        0,
                        PROPERTIES,
                        null,
                        null,
                        false,
                        null,
                        false,
                        0,
                        0,
                        0,
                        new RecentStates(9, -1, List.of(), 0)),
                new NodeMessage.Poked(new Poke("t", "1", 2, false, Set.of(EventGroup.EDITS)), true),
                new NodeMessage.Poked(new Poke("t", "1", 2, false, Set.of()).causedBy("00-1-2-01"), false),
                new NodeMessage.Typed("t", "8:acs:ann", "Ann", NOW, false),
                new NodeMessage.Ingested("t", List.of("x")));
    }

    @ParameterizedTest
    @MethodSource("messages")
    void a_message_comes_through_as_it_was(NodeMessage message) throws IOException {
        Envelope envelope = new Envelope("from", "link", 7, 8, message);
        assertThat(codec.decode(codec.encode(envelope))).isEqualTo(envelope);
    }

    @Test
    void so_does_a_beat() throws IOException {
        Envelope beat = new Envelope("from", "link", 7, 8, null);
        assertThat(codec.decode(codec.encode(beat))).isEqualTo(beat);
    }

    private static final SmileMapper SMILE = new SmileMapper();

    /** An envelope with one value replaced by another, as bytes. */
    private Buffer garbled(NodeMessage message, String pointer, Object value) throws IOException {
        byte[] bytes = codec.encode(new Envelope("from", "link", 7, 8, message)).getBytes();
        JsonNode tree = SMILE.readTree(bytes);
        int slash = pointer.lastIndexOf('/');
        ObjectNode parent = (ObjectNode) tree.at(pointer.substring(0, slash));
        assertThat(parent.has(pointer.substring(slash + 1))).as(pointer).isTrue();
        parent.set(pointer.substring(slash + 1), SMILE.valueToTree(value));
        return Buffer.buffer(SMILE.writeValueAsBytes(tree));
    }

    @Test
    void value_of_another_kind_makes_the_envelope_unreadable() throws IOException {
        NodeMessage typed = new NodeMessage.Typed("t", "8:acs:ann", "Ann", NOW, false);
        NodeMessage poked = new NodeMessage.Poked(new Poke("t", "1", 2, false, Set.of(EventGroup.EDITS)), true);
        List<Buffer> all = List.of(
                garbled(typed, "/body/receivedOn", "now"),
                garbled(typed, "/body/receivedOn", 1.5),
                garbled(poked, "/body/poke/version", "x"),
                garbled(poked, "/body/poke/version", 1.5),
                garbled(poked, "/body/poke/parts", List.of(1)),
                garbled(poked, "/body/poke/parts", List.of("NEWS")));
        for (Buffer bytes : all) {
            assertThatThrownBy(() -> codec.decode(bytes)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void what_is_none_is_refused() {
        for (String junk : List.of("", "junk", "{}", ":)\n")) {
            assertThatThrownBy(() -> codec.decode(Buffer.buffer(junk))).as(junk).isInstanceOf(IOException.class);
        }
    }
}
