package dev.chatgateway.fanout;

import static dev.chatgateway.fanout.HubFixture.START;
import static dev.chatgateway.fanout.HubFixture.THREAD;
import static dev.chatgateway.fanout.HubFixture.message;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.fanout.HubFixture.Socket;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The metrics of a hub. */
class FanoutMetricsIT {
    private final HubFixture hub = new HubFixture();

    FanoutMetricsIT() {
        hub.member("alice", 0);
        hub.member("bob", 0);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    private double resumes(String outcome) {
        return hub.registry
                .get("chatgateway.resumes")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private Socket back() {
        Socket socket = new Socket("alice");
        hub.subscribe(socket, 0, hub.cursors.encode(THREAD, hub.position()));
        HubFixture.await(() -> !socket.frames.isEmpty());
        return socket;
    }

    @Test
    void resumes_are_counted_by_outcome() {
        hub.catchUp = new CatchUp(
                null, List.of(new Item(new MessageReceived(THREAD, message(START + 1, START + 1)), hub.position())));
        back();
        assertThat(resumes("complete")).isOne();
        hub.catchUp = CatchUp.impossible(new Resync(ResyncReason.CURSOR_TOO_OLD, Resync.Cause.RESUME_PAGES));
        back();
        assertThat(resumes("resync")).isOne();
        Socket wrong = new Socket("alice");
        hub.subscribe(wrong, 0, "AAAA");
        assertThat(resumes("refused")).isOne();
        assertThat(hub.registry.get("chatgateway.events.replayed").counter().count())
                .isOne();
        hub.subscribe(new Socket("bob"), 0, null);
        hub.settle();
        assertThat(resumes("complete")).isOne();
    }

    @Test
    void events_count_per_socket_and_frames_per_audience() {
        List<Socket> sockets = List.of(new Socket("alice"), new Socket("alice"), new Socket("alice"));
        sockets.forEach(socket -> hub.subscribe(socket, 0, null));
        HubFixture.await(() -> sockets.stream().noneMatch(s -> s.frames.isEmpty()));
        hub.send(START + 1, START + 2);
        hub.settle();
        assertThat(hub.registry
                        .get("chatgateway.events.delivered")
                        .tag("type", "chatMessageReceived")
                        .counter()
                        .count())
                .isEqualTo(6);
        assertThat(hub.registry.get("chatgateway.fanout.batch.frames").summary().max())
                .isEqualTo(2);
        assertThat(hub.registry.get("chatgateway.event.delivery").timer().count())
                .isPositive();
        assertThat(hub.registry.get("chatgateway.updates.delivered").counter().count())
                .isOne();
    }
}
