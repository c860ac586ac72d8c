package dev.chatgateway.fanout;

import static dev.chatgateway.fanout.HubFixture.START;
import static dev.chatgateway.fanout.HubFixture.THREAD;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadSnapshot;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.ThreadSnapshot.Recent;
import dev.chatgateway.event.ThreadSnapshot.Typing;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.fanout.HubFixture.Socket;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A {@code resync} brings again the parts of the state that the subscription includes, each for its own user. */
class ResyncStateIT {
    private static final String ALICE = "8:acs:alice";
    private static final Notice GAP = new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Cause.LISTING_PAGES));
    private static final String[] ALL = {"participants", "receipts", "typing", "inbox"};

    private final HubFixture hub = new HubFixture();

    @BeforeEach
    void begin() {
        hub.member("alice", 0);
        hub.member("bob", 0);
        hub.state = state(START);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private static ThreadSnapshot state(long readTo) {
        Instant now = Instant.ofEpochMilli(START);
        return new ThreadSnapshot(
                List.of(new ReadReceipt(ALICE, Long.toString(readTo), now)),
                List.of(new Typing(ALICE, "Alice", now)),
                Recent.of(List.of(HubFixture.message(START, START), HubFixture.message(START + 1, START + 1)), 0));
    }

    private static JsonObject awaitResync(Socket socket) {
        HubFixture.await(() -> socket.methods().contains("resync"));
        return socket.params(socket.methods().indexOf("resync"));
    }

    private static int unread(JsonObject params) {
        return params.getJsonObject("inbox").getInteger("unreadCount");
    }

    @Test
    void each_subscriber_gets_what_it_includes() {
        Socket plain = hub.subscribe("alice");
        Socket receipts = hub.including("alice", Part.RECEIPTS);
        Socket alice = hub.including("alice", Part.values());
        Socket bob = hub.including("bob", Part.values());
        hub.state = state(START + 1);

        hub.publish(List.of(), GAP);

        assertThat(awaitResync(plain).fieldNames()).doesNotContain(ALL);
        JsonObject some = awaitResync(receipts);
        assertThat(some.fieldNames()).contains("receipts").doesNotContain("participants", "typing", "inbox");
        assertThat(some.getJsonArray("receipts").getJsonObject(0).getString("chatMessageId"))
                .isEqualTo(Long.toString(START + 1));
        assertThat(awaitResync(alice).fieldNames()).contains(ALL);
        assertThat(unread(awaitResync(alice))).isZero();
        assertThat(unread(awaitResync(bob))).isEqualTo(2);
    }

    /** The listing of a subscriber can be newer than the last poll; no event of such a message follows. */
    @Test
    void count_has_the_messages_of_the_answer() {
        hub.snapshot = new JsonArray()
                .add(listed(START + 3, "text", "8:acs:writer"))
                .add(listed(START + 2, "html", "8:acs:writer"))
                .add(listed(START + 1, "text", "8:acs:writer").put("deletedOn", "2026-01-01T00:00:00Z"))
                .add(listed(START, "participantAdded", "8:acs:writer"))
                .add(listed(START - 1, "text", ALICE));
        JsonObject result = hub.including("alice", 5, Part.INBOX).frames.get(0).getJsonObject("result");
        assertThat(unread(result)).isEqualTo(2);
    }

    private static JsonObject listed(long id, String type, String sender) {
        return HubFixture.rest(id, id)
                .put("type", type)
                .put("senderCommunicationIdentifier", new JsonObject().put("rawId", sender));
    }

    @Test
    void state_after_too_many_held_events_is_the_latest() {
        Socket alice = hub.including("alice", Part.RECEIPTS, Part.INBOX);
        hub.onLoop(() -> {
            hub.hub.pause(alice);
            return null;
        });
        hub.state = state(START + 1);
        hub.send(LongStream.range(START + 2, START + 1_500).toArray());
        hub.settle();
        hub.onLoop(() -> {
            hub.hub.replaceToken(alice, Tokens.of("alice"));
            return null;
        });
        assertThat(unread(awaitResync(alice))).isZero();
    }

    @Test
    void state_is_null_after_updates_were_lost() {
        Socket alice = hub.including("alice", Part.values());
        hub.inFlight = 10;
        hub.onLoop(() -> {
            for (long id = START + 2; id < START + 50; id++) {
                hub.send(id);
            }
            return null;
        });
        JsonObject params = awaitResync(alice);
        assertThat(params.fieldNames()).contains(ALL);
        assertThat(params.getValue("participants")).isNull();
        assertThat(params.getValue("receipts")).isNull();
        assertThat(params.getValue("typing")).isNull();
        assertThat(params.getJsonObject("inbox").getValue("unreadCount")).isNull();
    }

    @Test
    void dropped_outbound_queue_gets_the_latest_state() {
        Socket alice = hub.including("alice", Part.RECEIPTS);
        hub.state = state(START + 1);
        hub.send(START + 2);
        HubFixture.await(() -> alice.methods().contains("chatMessageReceived"));
        Frame frame = hub.onLoop(
                () -> hub.hub.resync(alice, THREAD, "c", new Resync(ResyncReason.OVERFLOW, Cause.OUTBOUND_QUEUE)));
        JsonObject params = new JsonObject(frame.text()).getJsonObject("params");
        assertThat(params.getString("cursor")).isEqualTo("c");
        assertThat(params.getJsonArray("receipts").getJsonObject(0).getString("chatMessageId"))
                .isEqualTo(Long.toString(START + 1));
    }

    @Test
    void stop_of_typing_goes_to_those_who_include_typing() {
        Socket plain = hub.subscribe("alice");
        Socket other = hub.including("alice", Part.RECEIPTS);
        Socket masked = new Socket("alice");
        hub.subscribe(masked, 0, null, EventGroup.MESSAGES);
        Socket asked = hub.including("bob", Part.TYPING);
        hub.publish(List.of(new ChatEvent.TypingStopped(THREAD, ALICE)));
        hub.send(START + 2);
        for (Socket socket : List.of(plain, other, masked, asked)) {
            HubFixture.await(() -> socket.methods().contains("chatMessageReceived"));
        }
        assertThat(asked.methods()).containsExactly("answer", "typingIndicatorStopped", "chatMessageReceived");
        assertThat(List.of(plain, other, masked))
                .allSatisfy(socket -> assertThat(socket.methods()).containsExactly("answer", "chatMessageReceived"));
    }
}
