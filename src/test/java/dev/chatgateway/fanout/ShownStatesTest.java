package dev.chatgateway.fanout;

import static dev.chatgateway.fanout.HubFixture.START;
import static dev.chatgateway.fanout.HubFixture.THREAD;
import static dev.chatgateway.fanout.HubFixture.message;
import static dev.chatgateway.fanout.HubFixture.rest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent.MessageEdited;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.fanout.HubFixture.Socket;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.json.JsonArray;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The sweep finds changes of old messages that an answer or a replay has shown already. */
class ShownStatesTest {
    private static final long OLD = START - 100_000;

    private final HubFixture hub = new HubFixture();

    @BeforeEach
    void members() {
        hub.member("alice", 0);
        hub.member("bob", 0);
        hub.windowStart = START - 50_000;
    }

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void an_old_change_that_the_answer_showed_is_not_told_when_the_sweep_finds_it() {
        hub.snapshot = new JsonArray().add(rest(OLD, OLD + 7)).add(rest(OLD + 1, OLD + 8));
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 10, null);
        HubFixture.await(() -> !alice.frames.isEmpty());
        Socket bob = hub.subscribe("bob");
        hub.edit(OLD, OLD + 7);
        hub.edit(OLD + 1, OLD + 9);
        hub.send(START + 1);
        hub.settle();
        assertThat(states(alice)).containsExactly(version(OLD + 1, OLD + 9), version(START + 1, START + 1));
        assertThat(states(bob)).hasSize(3);
        hub.send(START + 2);
        hub.settle();
        assertThat(alice.raw.get(alice.raw.size() - 1)).isSameAs(bob.raw.get(bob.raw.size() - 1));
    }

    @Test
    void an_old_change_that_a_replay_told_is_not_told_again_when_the_sweep_finds_it() {
        Item item = new Item(new MessageEdited(THREAD, message(OLD, OLD + 7)), hub.position());
        hub.catchUp = new CatchUp(null, List.of(item));
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 0, hub.cursors.encode(THREAD, hub.position()));
        HubFixture.await(() -> alice.frames.size() == 2);
        hub.catchUp = null;
        Socket bob = hub.subscribe("bob");
        hub.edit(OLD, OLD + 7);
        hub.settle();
        assertThat(states(alice)).containsExactly(version(OLD, OLD + 7));
        assertThat(states(bob)).containsExactly(version(OLD, OLD + 7));
        hub.edit(OLD, OLD + 8);
        hub.settle();
        assertThat(states(alice)).containsExactly(version(OLD, OLD + 7), version(OLD, OLD + 8));
    }

    /** The thread stayed busy for ever, and nobody got anything any more. */
    @Test
    void a_subscriber_that_fails_does_not_hold_the_others_up() {
        hub.onLoop(() -> {
            hub.hub.subscribe(
                    new SubscribeRequest(THREAD, Tokens.of("alice"), EventGroup.all(), null, 0),
                    new Failing(),
                    (answer, failure) -> {});
            return null;
        });
        Socket bob = hub.subscribe("bob");
        hub.send(START + 1);
        hub.send(START + 2);
        hub.settle();
        assertThat(states(bob)).hasSize(2);
        assertThat(hub.subscribe("alice").methods()).containsExactly("answer");
    }

    /** Fails with the first event, and takes what comes then. */
    private static final class Failing implements Subscriber {
        private boolean failed;

        @Override
        public String id() {
            return "failing";
        }

        @Override
        public void deliver(FrameRun run) {
            if (!failed) {
                failed = true;
                throw new IllegalStateException("the test's own");
            }
        }
    }

    private static String version(long id, long version) {
        return id + "/" + version;
    }

    private static List<String> states(Socket socket) {
        return socket.frames.stream()
                .filter(f -> f.getString("method", "").startsWith("chatMessage"))
                .map(f -> f.getJsonObject("params"))
                .map(p -> p.getString("id") + "/" + p.getString("version"))
                .toList();
    }
}
