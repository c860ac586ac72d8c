package dev.chatgateway.fanout;

import static dev.chatgateway.fanout.HubFixture.START;
import static dev.chatgateway.fanout.HubFixture.THREAD;
import static dev.chatgateway.fanout.HubFixture.rest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.PublishedStates;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.fanout.HubFixture.Socket;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Message states that a subscribe result lists and that the poller publishes afterwards. */
class AnsweredStatesIT {
    private final HubFixture hub = new HubFixture();

    @BeforeEach
    void members() {
        hub.member("alice", 0);
        hub.member("bob", 0);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void state_listed_in_the_result_is_not_delivered_again() {
        hub.snapshot = new JsonArray()
                .add(rest(START - 100_000, START + 7))
                .add(rest(START - 100_001, START + 6))
                .add(rest(START - 2_000, START - 1_000));
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 10, null);
        HubFixture.await(() -> !alice.frames.isEmpty());
        Socket bob = hub.subscribe("bob");
        hub.edit(START - 2_000, START - 1_000);
        hub.edit(START - 100_001, START + 6);
        hub.edit(START - 100_000, START + 9);
        hub.send(START + 11);
        hub.settle();
        assertThat(states(alice)).containsExactly(version(START - 100_000, START + 9), version(START + 11, START + 11));
        assertThat(states(bob)).hasSize(4);
        hub.send(START + 12);
        hub.settle();
        assertThat(alice.raw.get(alice.raw.size() - 1)).isSameAs(bob.raw.get(bob.raw.size() - 1));
    }

    /** No update carries such a state any more, so the subscriber shares the frames of its audience. */
    @Test
    void states_published_before_the_result_are_not_kept() {
        hub.published = new PublishedStates(START - 70_000, Set.of(RecentStates.hash(START - 2_000, START - 1_000)));
        hub.snapshot =
                new JsonArray().add(rest(START - 2_000, START - 1_000)).add(rest(START - 90_000, START - 80_000));
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 10, null);
        HubFixture.await(() -> !alice.frames.isEmpty());
        Socket bob = hub.subscribe("bob");
        hub.send(START + 1);
        hub.settle();
        assertThat(alice.raw.get(0)).isSameAs(bob.raw.get(0));
    }

    /** Regression: after the exception the topic stayed in the state of delivering, and nobody got events any more. */
    @Test
    void failing_subscriber_does_not_affect_the_others() {
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

    /** Throws on the first event and accepts all later ones. */
    private static final class Failing implements Subscriber {
        private boolean failed;

        @Override
        public String id() {
            return "failing";
        }

        @Override
        public void deliver(FrameBatch run) {
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
