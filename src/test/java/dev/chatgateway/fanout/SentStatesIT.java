package dev.chatgateway.fanout;

import static dev.chatgateway.fanout.HubFixture.START;
import static dev.chatgateway.fanout.HubFixture.THREAD;
import static dev.chatgateway.fanout.HubFixture.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.fanout.HubFixture.Socket;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A second subscribe with a cursor on a connection that is subscribed already. */
class SentStatesIT {
    private final HubFixture hub = new HubFixture();
    private String cursor;

    @BeforeEach
    void members() {
        hub.member("alice", 0);
        hub.member("bob", 0);
        cursor = hub.cursors.encode(THREAD, hub.position());
    }

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void second_subscribe_sends_only_unsent_states() {
        Socket alice = hub.subscribe("alice");
        hub.send(START + 1, START + 2);
        hub.settle();
        missed(START + 1, START + 2, START + 3);
        again(alice);
        assertThat(ids(alice)).containsExactly(START + 1, START + 2, START + 3);
        // The third subscription does not repeat what the first one sent.
        again(alice);
        hub.send(START + 4);
        hub.settle();
        assertThat(ids(alice)).containsExactly(START + 1, START + 2, START + 3, START + 4);
    }

    @Test
    void result_without_a_replay_has_the_current_cursor() {
        Socket alice = hub.subscribe("alice");
        hub.send(START + 1);
        hub.settle();
        missed(START + 1);
        again(alice);
        JsonObject answer = alice.frames.get(alice.frames.size() - 1).getJsonObject("result");
        assertThat(answer.getString("recovered")).isEqualTo("complete");
        assertThat(answer.getString("cursor")).isEqualTo(hub.cursors.encode(THREAD, hub.position()));
    }

    @Test
    void replay_is_not_repeated() {
        missed(START + 1, START + 2);
        Socket alice = new Socket("alice");
        again(alice);
        again(alice);
        assertThat(ids(alice)).containsExactly(START + 1, START + 2);
    }

    @Test
    void newer_state_of_a_sent_message_is_sent() {
        Socket alice = hub.subscribe("alice");
        hub.send(START + 1);
        hub.settle();
        hub.catchUp = new CatchUp(
                null, List.of(new Item(new MessageReceived(THREAD, message(START + 1, START + 9)), hub.position())));
        again(alice);
        assertThat(ids(alice)).containsExactly(START + 1, START + 1);
    }

    @Test
    void state_before_the_first_subscription_is_sent() {
        hub.subscribe("bob");
        hub.send(START + 1);
        hub.settle();
        Socket alice = hub.subscribe("alice");
        missed(START + 1);
        again(alice);
        assertThat(ids(alice)).containsExactly(START + 1);
    }

    @Test
    void state_that_was_held_is_sent_again() {
        Socket alice = hub.subscribe("alice");
        hub.onLoop(() -> {
            hub.hub.pause(alice);
            return null;
        });
        hub.send(START + 1);
        hub.settle();
        missed(START + 1);
        again(alice);
        assertThat(ids(alice)).containsExactly(START + 1);
    }

    @Test
    void state_of_an_unselected_group_is_sent_later() {
        Socket alice = hub.subscribe("alice", EventGroup.TYPING);
        hub.send(START + 1);
        hub.settle();
        missed(START + 1);
        again(alice);
        assertThat(ids(alice)).containsExactly(START + 1);
    }

    @Test
    void state_that_the_socket_dropped_is_sent_again() {
        Socket alice = hub.subscribe("alice");
        hub.send(START + 1);
        hub.settle();
        alice.losses++;
        missed(START + 1);
        again(alice);
        assertThat(ids(alice)).containsExactly(START + 1, START + 1);
    }

    @Test
    void state_after_a_history_change_is_sent_again() {
        Socket alice = hub.subscribe("alice");
        hub.send(START + 1);
        hub.settle();
        hub.member("alice", START - 7);
        missed(START + 1);
        again(alice);
        assertThat(ids(alice)).containsExactly(START + 1, START + 1);
    }

    /** Regression: the held replay counted as sent, and its states were lost. */
    @Test
    void replay_that_was_held_is_sent_again() {
        hub.member("alice", START - START % 1_000);
        Promise<Boolean> listed = Promise.promise();
        hub.seen = listed.future();
        missed(START + 1, START + 2_000);
        Socket alice = new Socket("alice");
        again(alice);
        again(alice);
        listed.complete(true);
        hub.settle();
        assertThat(ids(alice)).containsExactly(START + 1, START + 2_000);
    }

    /** The result's cursor does not cover the overlap, so a resume from it returns these states again. */
    @Test
    void recent_message_of_a_result_is_not_sent_again() {
        hub.snapshot = new JsonArray()
                .add(new JsonObject().put("id", Long.toString(START - 1)).put("version", Long.toString(START - 1)));
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 10, null);
        hub.settle();
        missed(START - 1, START + 1);
        again(alice);
        assertThat(ids(alice)).containsExactly(START + 1);
    }

    private void missed(long... ids) {
        hub.catchUp = new CatchUp(
                null,
                Arrays.stream(ids)
                        .mapToObj(id -> new Item(new MessageReceived(THREAD, message(id, id)), hub.position()))
                        .toList());
    }

    private void again(Socket socket) {
        hub.subscribe(socket, 0, cursor);
        hub.settle();
    }

    private static List<Long> ids(Socket socket) {
        return socket.frames.stream()
                .filter(f -> f.getString("method", "").startsWith("chatMessage"))
                .map(f -> Long.parseLong(f.getJsonObject("params").getString("id")))
                .toList();
    }
}
