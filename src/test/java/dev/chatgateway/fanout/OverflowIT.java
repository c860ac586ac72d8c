package dev.chatgateway.fanout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.fanout.HubFixture.Socket;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** More updates in flight to an event loop than the limit: subscribers get a resync, and later updates arrive again. */
class OverflowIT {
    private final HubFixture hub = new HubFixture();
    private long id = HubFixture.START;

    @BeforeEach
    void members() {
        hub.member("alice", 0);
        hub.member("bob", 0);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    /** Runs on the hub's own event loop, so that no update is received before the last one is published. */
    private void burst(int updates) {
        hub.onLoop(() -> {
            for (int i = 0; i < updates; i++) {
                hub.send(++id);
            }
            return null;
        });
        hub.settle();
    }

    @Test
    void overloaded_loop_resyncs_and_delivers_later_updates() {
        Socket alice = hub.subscribe("alice");
        hub.inFlight = 10;
        burst(10);
        assertThat(alice.methods()).hasSize(11).doesNotContain("resync");
        burst(50);
        HubFixture.await(() -> alice.methods().contains("resync"));
        assertThat(alice.methods()).hasSize(22).endsWith("resync");
        assertThat(alice.params(21).getString("reason")).isEqualTo("overflow");
        assertThat(hub.overflows.get()).isEqualTo(40);
        hub.send(++id);
        HubFixture.await(() -> alice.methods().size() > 22);
        assertThat(alice.params(22).getString("id")).isEqualTo(Long.toString(id));
        assertThat(alice.methods()).containsOnlyOnce("resync");
    }

    @Test
    void refused_user_gets_nothing_when_the_update_limit_is_reached() {
        Socket alice = hub.subscribe("alice");
        Socket bob = hub.subscribe("bob");
        hub.inFlight = 5;
        hub.onLoop(() -> {
            for (int i = 0; i < 20; i++) {
                hub.send(++id);
            }
            hub.publish(List.of(), new Notice.Ended(Set.of("8:acs:bob"), EndReason.REFUSED));
            return null;
        });
        HubFixture.await(() -> bob.methods().contains("unsubscribed"));
        HubFixture.await(() -> alice.methods().contains("resync"));
        assertThat(bob.methods()).doesNotContain("resync");
        hub.onLoop(() -> {
            for (int i = 0; i < 20; i++) {
                hub.send(++id);
            }
            hub.publish(List.of(), EndReason.THREAD_DELETED);
            return null;
        });
        HubFixture.await(() -> alice.methods().contains("unsubscribed"));
        assertThat(bob.methods()).endsWith("unsubscribed");
    }
}
