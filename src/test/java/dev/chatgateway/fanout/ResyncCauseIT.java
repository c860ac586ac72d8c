package dev.chatgateway.fanout;

import static dev.chatgateway.fanout.HubFixture.START;
import static dev.chatgateway.fanout.HubFixture.THREAD;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.fanout.HubFixture.Socket;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Each cause of a resync that the hub knows, reached as it happens in service; counted once and logged once. */
class ResyncCauseIT {
    private final HubFixture hub = new HubFixture();
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(ResyncRecorder.class);

    @BeforeEach
    void begin() {
        hub.member("alice", 0);
        log.start();
        logger.addAppender(log);
        logger.setLevel(Level.DEBUG);
    }

    @AfterEach
    void close() {
        logger.detachAppender(log);
        logger.setLevel(null);
        hub.close();
    }

    private double count(ResyncReason reason, Cause cause) {
        return hub.registry
                .get("chatgateway.resyncs")
                .tags("reason", reason.token(), "cause", cause.token())
                .counter()
                .count();
    }

    private static void awaitResync(Socket socket) {
        HubFixture.await(() -> socket.methods().contains("resync"));
    }

    @Test
    void notice_counts_each_subscriber_and_names_the_thread_once() {
        hub.subscribe("alice");
        Socket other = hub.subscribe("alice");
        hub.publish(List.of(), new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Cause.LISTING_PAGES)));
        awaitResync(other);
        assertThat(count(ResyncReason.GAP, Cause.LISTING_PAGES)).isEqualTo(2);
        assertThat(log.list).hasSize(1);
        assertThat(log.list.get(0).getFormattedMessage())
                .isEqualTo("resync of thread " + THREAD + ": reason gap, cause listingPages, subscribers 2");
    }

    @Test
    void resume_from_a_cursor_that_proves_nothing() {
        hub.catchUp = CatchUp.impossible(new Resync(ResyncReason.CURSOR_TOO_OLD, Cause.RESUME_PAGES));
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 0, hub.cursors.encode(THREAD, hub.position()));
        HubFixture.await(() -> !alice.frames.isEmpty());
        assertThat(count(ResyncReason.CURSOR_TOO_OLD, Cause.RESUME_PAGES)).isOne();
    }

    @Test
    void resume_from_before_the_history_that_the_user_sees_now() {
        hub.member("carol", START + 1_000);
        hub.catchUp = new CatchUp(null, List.of());
        Socket carol = new Socket("carol");
        Position stopped = new Position(START, RecentStates.NONE, 1, 1, 1);
        hub.subscribe(carol, 0, hub.cursors.encode(THREAD, stopped));
        HubFixture.await(() -> !carol.frames.isEmpty());
        assertThat(count(ResyncReason.MEMBERSHIP_CHANGED, Cause.MEMBERSHIP)).isOne();
    }

    @Test
    void history_of_a_subscriber_that_begins_elsewhere() {
        Socket alice = hub.subscribe("alice");
        hub.member("alice", START + 10);
        hub.send(START + 30);
        awaitResync(alice);
        assertThat(count(ResyncReason.MEMBERSHIP_CHANGED, Cause.MEMBERSHIP)).isOne();
    }

    @Test
    void more_updates_in_flight_to_the_loop_than_are_allowed() {
        Socket alice = hub.subscribe("alice");
        hub.inFlight = 10;
        burst(50);
        awaitResync(alice);
        assertThat(count(ResyncReason.OVERFLOW, Cause.UPDATE_LANE)).isOne();
    }

    /** A big audience is served in slices, and updates that come meanwhile wait. */
    @Test
    void more_updates_of_a_thread_waiting_than_are_allowed() {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            Socket socket = new Socket("alice");
            sockets.add(socket);
            hub.subscribe(socket, 0, null, EventGroup.MESSAGES);
        }
        HubFixture.await(() -> sockets.stream().noneMatch(socket -> socket.frames.isEmpty()));
        burst(3_000);
        awaitResync(sockets.get(0));
        assertThat(count(ResyncReason.OVERFLOW, Cause.HUB_TOPIC)).isPositive();
    }

    @Test
    void more_events_held_for_a_subscription_than_are_allowed() {
        Socket alice = hub.subscribe("alice");
        hub.onLoop(() -> {
            hub.hub.pause(alice);
            return null;
        });
        hub.send(LongStream.range(START + 2, START + 1_500).toArray());
        hub.settle();
        hub.onLoop(() -> {
            hub.hub.replaceToken(alice, Tokens.of("alice"));
            return null;
        });
        awaitResync(alice);
        assertThat(count(ResyncReason.OVERFLOW, Cause.HELD_EVENTS)).isOne();
    }

    @Test
    void listing_that_does_not_say_whether_a_message_is_shown() {
        long second = START - START % 1_000;
        hub.member("carol", second);
        hub.seen = Future.failedFuture("the service is away");
        Socket carol = hub.subscribe("carol");
        hub.send(second + 400);
        awaitResync(carol);
        assertThat(count(ResyncReason.GAP, Cause.VISIBILITY_UNKNOWN)).isOne();
    }

    @Test
    void delivery_that_fails() {
        Faulty faulty = new Faulty();
        hub.subscribe(faulty, 0, null);
        HubFixture.await(() -> !faulty.frames.isEmpty());
        faulty.failing = true;
        hub.send(START + 1);
        awaitResync(faulty);
        assertThat(count(ResyncReason.GAP, Cause.DELIVERY_FAILED)).isOne();
    }

    private void burst(int updates) {
        hub.onLoop(() -> {
            for (int i = 1; i <= updates; i++) {
                hub.send(START + i);
            }
            return null;
        });
        hub.settle();
    }

    /** Fails once. */
    private static final class Faulty extends Socket {
        private volatile boolean failing;

        Faulty() {
            super("alice");
        }

        @Override
        public void deliver(FrameBatch run) {
            if (failing) {
                failing = false;
                throw new IllegalStateException("fails once");
            }
            super.deliver(run);
        }
    }
}
