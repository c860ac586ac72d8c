package dev.chatgateway.fanout;

import static dev.chatgateway.fanout.HubFixture.START;
import static dev.chatgateway.fanout.HubFixture.THREAD;
import static dev.chatgateway.fanout.HubFixture.message;
import static dev.chatgateway.fanout.HubFixture.rest;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatEvent.ParticipantsRemoved;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.fanout.HubFixture.Socket;
import dev.chatgateway.upstream.Tokens;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Subscriptions on one event loop, with the real event bus. */
class HubIT {
    private final HubFixture hub = new HubFixture();

    HubIT() {
        hub.member("alice", 0);
        hub.member("bob", 0);
    }

    @AfterEach
    void close() {
        hub.close();
    }

    @Test
    void result_is_complete_and_events_carry_cursor_and_seq() {
        Socket alice = hub.subscribe("alice");
        JsonObject answer = alice.frames.get(0).getJsonObject("result");
        assertThat(answer.fieldNames())
                .containsExactlyInAnyOrder(
                        "cursor", "properties", "seq", "recovered", "horizon", "horizonStalenessMs", "freshness");
        assertThat(answer.getString("recovered")).isEqualTo("complete");
        assertThat(answer.getJsonObject("freshness").encode())
                .isEqualTo("{\"source\":\"poll\",\"maxStalenessMs\":5500}");
        hub.send(START + 1, START + 2);
        hub.settle();
        assertThat(alice.methods()).containsExactly("answer", "chatMessageReceived", "chatMessageReceived");
        long seq = answer.getLong("seq");
        assertThat(alice.seqs()).containsExactly(seq, seq + 1);
        assertThat(hub.cursors
                        .decode(THREAD, alice.params(1).getString("cursor"))
                        .position())
                .isEqualTo(hub.position());
        assertThat(alice.frames.get(1).getString("jsonrpc")).isEqualTo("2.0");
    }

    @Test
    void audience_shares_one_frame() {
        Socket alice = hub.subscribe("alice");
        Socket bob = hub.subscribe("bob");
        Socket masked = hub.subscribe("bob", EventGroup.TYPING);
        hub.send(START + 1);
        hub.settle();
        assertThat(alice.raw.get(0)).isSameAs(bob.raw.get(0));
        assertThat(masked.raw).isEmpty();
        hub.publish(List.of(new ChatEvent.TypingIndicator(THREAD, "8:acs:bob", "Bob", Instant.now())));
        hub.send(START + 2);
        hub.settle();
        assertThat(masked.methods()).containsExactly("answer", "typingIndicatorReceived");
        assertThat(masked.params(1).containsKey("seq")).isFalse();
        assertThat(alice.seqs()).containsExactly(1L, 2L);
        assertThat(alice.raw.get(1).kind()).isEqualTo(Frame.Kind.TRANSIENT);
        assertThat(alice.raw.get(0).key()).isEqualTo("message " + (START + 1));
    }

    @Test
    void events_held_during_subscribe_follow_the_result_once() {
        hub.manual = true;
        Socket alice = new Socket("alice");
        hub.snapshot = new JsonArray().add(rest(START + 2, START + 2)).add(rest(START + 1, START + 1));
        hub.subscribe(alice, 10, null);
        hub.send(START + 1);
        hub.settle();
        var state = hub.watched();
        hub.send(START + 2);
        hub.send(START + 3);
        hub.settle();
        assertThat(alice.frames).isEmpty();
        hub.snapshot = new JsonArray()
                .add(rest(START + 3, START + 3))
                .add(rest(START + 2, START + 2))
                .add(rest(START + 1, START + 1));
        hub.onLoop(() -> hub.watches.get(0).tryComplete(state));
        hub.send(START + 4);
        HubFixture.await(() -> alice.frames.size() >= 2);
        hub.settle();
        assertThat(alice.methods()).containsExactly("answer", "chatMessageReceived");
        assertThat(alice.params(1).getString("id")).isEqualTo(Long.toString(START + 4));
    }

    @Test
    void state_listed_in_the_result_is_not_sent_again_by_an_update() {
        hub.snapshot = new JsonArray().add(rest(START + 5, START + 5));
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 10, null);
        HubFixture.await(() -> !alice.frames.isEmpty());
        long start = alice.frames.get(0).getJsonObject("result").getLong("seq");
        Socket bob = hub.subscribe("bob");
        hub.send(START + 4, START + 5);
        hub.send(START + 6);
        hub.settle();
        assertThat(ids(alice)).containsExactly(START + 4, START + 6);
        assertThat(ids(bob)).containsExactly(START + 4, START + 5, START + 6);
        assertThat(alice.seqs()).first().isEqualTo(start);
        gapless(alice);
        hub.edit(START + 5, START + 9);
        hub.settle();
        assertThat(alice.methods()).last().isEqualTo("chatMessageEdited");
        gapless(alice);
    }

    @Test
    void outdated_listing_is_repeated() {
        hub.newestId = START + 7;
        hub.snapshot = new JsonArray().add(rest(START + 6, START + 6));
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 10, null);
        hub.settle();
        assertThat(alice.frames).isEmpty();
        hub.snapshot = new JsonArray().add(rest(START + 7, START + 7)).add(rest(START + 6, START + 6));
        HubFixture.await(() -> !alice.frames.isEmpty());
        assertThat(alice.frames.get(0).getJsonObject("result").getJsonArray("messages"))
                .hasSize(2);
    }

    @Test
    void old_edits_before_the_newest_message_cause_no_503() {
        hub.newestId = START + 7;
        hub.snapshot = new JsonArray().add(rest(START - 100, START + 50));
        hub.readTo = START + 40;
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 1, null);
        HubFixture.await(() -> !alice.frames.isEmpty());
        assertThat(alice.frames.get(0).getJsonObject("result").getJsonArray("messages"))
                .hasSize(1);
    }

    @Test
    void state_is_delivered_once_even_if_two_nodes_polled_it() {
        Socket alice = hub.subscribe("alice");
        hub.send(START + 1);
        hub.send(START + 1, START + 2);
        hub.edit(START + 1, START + 5);
        hub.edit(START + 1, START + 5);
        hub.edit(START + 1, START + 4);
        hub.settle();
        assertThat(alice.methods())
                .containsExactly("answer", "chatMessageReceived", "chatMessageReceived", "chatMessageEdited");
        consecutive(alice, 1);
    }

    @Test
    void removed_participant_gets_only_the_events_before() {
        Socket alice = hub.subscribe("alice");
        Socket bob = hub.subscribe("bob");
        var gone = hub.members.remove("8:acs:bob");
        hub.publish(List.of(
                new MessageReceived(THREAD, message(START + 1, START + 1)),
                new ParticipantsRemoved(THREAD, START + 2, Instant.now(), null, List.of(gone)),
                new MessageReceived(THREAD, message(START + 3, START + 3))));
        hub.send(START + 4);
        hub.settle();
        assertThat(bob.methods()).containsExactly("answer", "chatMessageReceived", "unsubscribed");
        assertThat(bob.params(2).getString("reason")).isEqualTo("removed");
        assertThat(alice.methods())
                .containsExactly(
                        "answer",
                        "chatMessageReceived",
                        "participantsRemoved",
                        "chatMessageReceived",
                        "chatMessageReceived");
        assertThat(hub.unwatched).containsExactly("socket of bob");
        assertThat(hub.onLoop(() -> hub.hub.subscriptions(bob))).isZero();
    }

    @Test
    void late_joiner_sees_nothing_before_its_history_time() {
        hub.member("carol", START + 100);
        Socket carol = hub.subscribe("carol");
        Socket alice = hub.subscribe("alice");
        hub.edit(START + 50, START + 200);
        hub.send(START + 99, START + 100, START + 101);
        hub.settle();
        assertThat(ids(carol)).containsExactly(START + 100, START + 101);
        consecutive(carol, 1);
        assertThat(ids(alice)).hasSize(4);
    }

    @Test
    void own_listing_decides_within_a_rounded_history_second() {
        long second = START - START % 1000;
        hub.member("carol", second);
        Promise<Boolean> answer = Promise.promise();
        hub.seen = answer.future();
        Socket carol = hub.subscribe("carol");
        hub.send(second - 1, second + 400, second + 1000);
        hub.send(second + 1200);
        hub.settle();
        assertThat(ids(carol)).isEmpty();
        assertThat(hub.asked).containsExactly("socket of carol " + (second + 400));
        hub.onLoop(() -> answer.tryComplete(true));
        hub.settle();
        assertThat(ids(carol)).containsExactly(second + 400, second + 1000, second + 1200);
        hub.seen = Future.succeededFuture(false);
        hub.send(second + 300, second + 500, second + 1500);
        hub.edit(second + 400, second + 3000);
        hub.settle();
        assertThat(ids(carol))
                .containsExactly(second + 400, second + 1000, second + 1200, second + 500, second + 1500, second + 400);
        assertThat(hub.asked).hasSize(2);
        gapless(carol);
    }

    @Test
    void paused_user_gets_nothing_until_it_is_proven_again() {
        Socket alice = hub.subscribe("alice");
        Socket bob = hub.subscribe("bob");
        hub.publish(
                List.of(new MessageReceived(THREAD, message(START + 1, START + 1))),
                new Notice.Paused(Set.of("8:acs:bob")));
        hub.send(START + 2);
        hub.settle();
        assertThat(bob.methods()).containsExactly("answer");
        assertThat(ids(alice)).hasSize(2);
        hub.publish(List.of(), new Notice.Resumed(Set.of("8:acs:bob")));
        hub.send(START + 3);
        hub.settle();
        assertThat(ids(bob)).containsExactly(START + 1, START + 2, START + 3);
        gapless(bob);
        hub.publish(List.of(), new Notice.Ended(Set.of("8:acs:bob"), EndReason.REFUSED));
        hub.settle();
        assertThat(bob.methods()).last().isEqualTo("unsubscribed");
    }

    @Test
    void expired_token_holds_events_up_to_a_limit() {
        Socket alice = hub.subscribe("alice");
        Socket bob = hub.subscribe("bob");
        hub.onLoop(() -> {
            hub.hub.pause(alice);
            hub.hub.pause(bob);
            return null;
        });
        hub.send(START + 1);
        hub.settle();
        assertThat(alice.methods()).containsExactly("answer");
        hub.onLoop(() -> {
            hub.hub.replaceToken(alice, Tokens.of("alice"));
            return null;
        });
        assertThat(ids(alice)).containsExactly(START + 1);
        hub.send(LongStream.range(START + 2, START + 1_500).toArray());
        hub.settle();
        hub.onLoop(() -> {
            hub.hub.replaceToken(bob, Tokens.of("bob"));
            return null;
        });
        assertThat(bob.methods()).contains("resync");
        assertThat(ids(bob)).isEmpty();
        hub.send(START + 2_000);
        hub.settle();
        assertThat(ids(bob)).containsExactly(START + 2_000);
    }

    @Test
    void unproven_token_holds_events_and_reports_degraded() {
        Socket alice = hub.subscribe("alice");
        Socket bob = hub.subscribe("bob");
        for (int i = 0; i < 2; i++) {
            hub.onLoop(() -> {
                hub.hub.holdUnproven(alice);
                return null;
            });
        }
        hub.send(START + 1);
        hub.edit(START + 1, START + 5);
        hub.settle();
        assertThat(alice.methods()).containsExactly("answer", "freshness");
        assertThat(alice.params(1).getString("source")).isEqualTo("degraded");
        assertThat(alice.params(1).getString("reason")).isEqualTo("unproven");
        assertThat(ids(bob)).hasSize(2);
        hub.onLoop(() -> {
            hub.hub.replaceToken(alice, Tokens.of("alice"));
            return null;
        });
        hub.send(START + 9);
        hub.settle();
        assertThat(alice.params(2).getString("source")).isEqualTo("poll");
        assertThat(alice.params(2).getString("reason")).isEqualTo("recovered");
        assertThat(ids(alice)).isEqualTo(ids(bob));
        gapless(alice);
    }

    @Test
    void notices_reach_all_subscribers() {
        Socket alice = hub.subscribe("alice", EventGroup.TYPING);
        hub.publish(
                List.of(),
                new Notice.FreshnessChanged(new Freshness(Freshness.Source.DEGRADED, 20_000), "throttled"),
                new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Resync.Cause.LISTING_PAGES)));
        hub.publish(List.of(new ChatEvent.ThreadDeleted(THREAD, Instant.now(), null, false)), EndReason.THREAD_DELETED);
        hub.settle();
        assertThat(alice.methods()).containsExactly("answer", "freshness", "resync", "unsubscribed");
        assertThat(alice.params(1).getString("source")).isEqualTo("degraded");
        assertThat(alice.params(2).getString("reason")).isEqualTo("gap");
        assertThat(alice.params(3).getString("reason")).isEqualTo("threadDeleted");
    }

    @Test
    void changed_history_time_causes_a_resync() {
        Socket bob = hub.subscribe("bob");
        hub.member("bob", START + 10);
        hub.edit(START + 5, START + 21);
        hub.send(START + 30);
        hub.settle();
        assertThat(bob.methods()).contains("resync");
        assertThat(ids(bob)).containsExactly(START + 30);
        gapless(bob);
    }

    @Test
    void large_audience_is_served_in_slices_in_order() {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < 1_300; i++) {
            Socket socket = new Socket("alice");
            sockets.add(socket);
            hub.subscribe(socket, 0, null);
        }
        HubFixture.await(() -> sockets.stream().noneMatch(s -> s.frames.isEmpty()));
        hub.send(START + 1, START + 2);
        hub.send(START + 3);
        hub.onLoop(() -> {
            hub.hub.drop(sockets.get(1_200));
            return null;
        });
        hub.send(START + 4);
        HubFixture.await(
                () -> ids(sockets.get(1_299)).size() == 4 && ids(sockets.get(0)).size() == 4);
        hub.settle();
        for (Socket socket : sockets) {
            if (socket != sockets.get(1_200)) {
                assertThat(ids(socket)).containsExactly(START + 1, START + 2, START + 3, START + 4);
            }
        }
        assertThat(hub.registry.get("chatgateway.subscriptions").gauge().value())
                .isEqualTo(1_299);
    }

    @Test
    void ended_subscriptions_leave_no_state_behind() {
        Socket alice = hub.subscribe("alice");
        hub.subscribe(alice, 0, null);
        hub.settle();
        assertThat(alice.methods()).containsExactly("answer", "answer");
        hub.send(START + 1);
        hub.settle();
        assertThat(ids(alice)).hasSize(1);
        assertThat(hub.onLoop(() -> hub.hub.unsubscribe(THREAD, alice))).isTrue();
        assertThat(hub.onLoop(() -> hub.hub.unsubscribe(THREAD, alice))).isFalse();
        hub.send(START + 2);
        hub.settle();
        assertThat(ids(alice)).hasSize(1);
        hub.manual = true;
        Socket bob = new Socket("bob");
        hub.subscribe(bob, 0, null);
        hub.onLoop(() -> hub.watches.get(hub.watches.size() - 1).tryFail("refused"));
        hub.settle();
        assertThat(bob.frames.get(0).getString("error")).isEqualTo("refused");
        hub.subscribe(bob, 0, "AAAA");
        assertThat(bob.frames.get(1).getString("error")).startsWith("cursor: not made by this gateway");
        hub.subscribe(bob, 0, null);
        hub.onLoop(() -> {
            hub.hub.drop(bob);
            return null;
        });
        hub.onLoop(() -> hub.watches.get(hub.watches.size() - 1).tryComplete(hub.watched()));
        hub.settle();
        assertThat(hub.registry.get("chatgateway.subscriptions").gauge().value())
                .isZero();
        assertThat(bob.frames).hasSize(3);
    }

    @Test
    void replay_is_delivered_before_held_events() {
        hub.manual = true;
        hub.snapshot = new JsonArray().add(rest(START, START));
        String cursor = hub.cursors.encode(THREAD, hub.position());
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 10, cursor);
        hub.catchUp = new CatchUp(
                null,
                List.of(
                        new Item(new MessageReceived(THREAD, message(START + 1, START + 1)), hub.position()),
                        new Item(new MessageReceived(THREAD, message(START + 2, START + 2)), hub.position())));
        var state = hub.watched();
        hub.send(START + 3);
        hub.settle();
        hub.onLoop(() -> hub.watches.get(0).tryComplete(state));
        hub.send(START + 4);
        HubFixture.await(() -> ids(alice).size() == 4);
        assertThat(ids(alice)).containsExactly(START + 1, START + 2, START + 3, START + 4);
        JsonObject answer = alice.frames.get(0).getJsonObject("result");
        assertThat(answer.getString("recovered")).isEqualTo("complete");
        assertThat(answer.getString("cursor")).isEqualTo(cursor);
        assertThat(answer.containsKey("messages")).isFalse();
        gapless(alice);
    }

    @Test
    void unprovable_cursor_returns_fresh_state_and_the_reason() {
        hub.snapshot = new JsonArray().add(rest(START, START));
        hub.catchUp = CatchUp.impossible(new Resync(ResyncReason.CURSOR_TOO_OLD, Resync.Cause.RESUME_PAGES));
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 0, hub.cursors.encode(THREAD, hub.position()));
        HubFixture.await(() -> !alice.frames.isEmpty());
        JsonObject answer = alice.frames.get(0).getJsonObject("result");
        assertThat(answer.getString("recovered")).isEqualTo("resync");
        assertThat(answer.getString("reason")).isEqualTo("cursorTooOld");
        assertThat(answer.getJsonArray("messages")).hasSize(1);
    }

    @Test
    void cursor_from_the_future_is_refused() {
        Position future = new Position(System.currentTimeMillis() + 3_600_000, RecentStates.NONE, 1, 1, 1);
        Socket alice = new Socket("alice");
        hub.subscribe(alice, 0, hub.cursors.encode(THREAD, future));
        assertThat(alice.frames.get(0).getString("error")).startsWith("cursor: from the future");
    }

    private static List<Long> ids(Socket socket) {
        return socket.frames.stream()
                .filter(f -> f.getString("method", "").startsWith("chatMessage"))
                .map(f -> Long.parseLong(f.getJsonObject("params").getString("id")))
                .toList();
    }

    private static void consecutive(Socket socket, long start) {
        assertThat(socket.seqs())
                .containsExactlyElementsOf(
                        LongStream.range(start, start + socket.seqs().size())
                                .boxed()
                                .toList());
    }

    /** Each number is one above the number before, or is the start that {@code resumed} named. */
    private static void gapless(Socket socket) {
        long next = socket.frames.get(0).getJsonObject("result").getLong("seq");
        for (JsonObject frame : socket.frames.stream().skip(1).toList()) {
            Long seq = frame.getJsonObject("params").getLong("seq");
            if (frame.getString("method").equals("resumed")) {
                next = seq;
            } else if (seq != null) {
                assertThat(seq).isEqualTo(next++);
            }
        }
    }
}
