package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static dev.chatgateway.poll.ThreadRegistryFixture.CAROL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadFeed.Listed;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadSnapshot;
import dev.chatgateway.event.ThreadSnapshot.Part;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The state that subscribers include, in virtual time, on one node and on a follower. */
class SnapshotTest {
    private final VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
    private final FakeThread thread = new FakeThread(ticker);
    private final FakeCluster cluster = new FakeCluster(ticker, new Random(3));

    private ThreadRegistryFixture node(String name) {
        return new ThreadRegistryFixture(
                ThreadRegistryFixture.CONFIG,
                ticker,
                thread,
                Accounts.of(ticker::now).place(cluster.join(name)));
    }

    private ThreadRegistryFixture single() {
        return new ThreadRegistryFixture(ThreadRegistryFixture.CONFIG, ticker, thread);
    }

    private Watched watch(ThreadRegistryFixture node, String userId, String tab, @Nullable Position since) {
        Future<Watched> watched = node.poller.watch(new Watch(
                FakeThread.ID,
                tab + userId,
                ThreadRegistryFixture.token(userId),
                Set.of(EventGroup.MESSAGES),
                Set.of(Part.values()),
                since));
        ticker.passUntil(20_000, watched::isComplete);
        return watched.result();
    }

    private ThreadSnapshot snapshot(ThreadRegistryFixture node, String userId) {
        return watch(node, userId, "tab of ", null).snapshot();
    }

    private static @Nullable Integer unread(ThreadSnapshot snapshot, String userId) {
        ReadReceipt mark = snapshot.receiptOf(userId);
        return snapshot.recent().unread(userId, mark == null ? 0 : mark.messageArrivedAt(), 0, 0);
    }

    @Test
    void receipts_and_count_are_known_though_no_group_selects_them() {
        ThreadRegistryFixture node = single();
        ChatMessage first = thread.send(ALICE, "one");
        ticker.pass(10);
        thread.send(ALICE, "two");
        thread.read(BOB, first);
        ThreadSnapshot snapshot = snapshot(node, BOB);
        assertThat(snapshot.receipts()).singleElement().satisfies(r -> assertThat(r.messageId())
                .isEqualTo(first.id()));
        assertThat(unread(snapshot, BOB)).isOne();
        assertThat(unread(snapshot, ALICE)).isZero();
        // The messages that arrive later count too, and a deleted one does not.
        ChatMessage third = thread.send(CAROL, "three");
        ticker.pass(5_000);
        assertThat(unread(snapshot(node, BOB), BOB)).isEqualTo(2);
        thread.delete(third);
        ticker.pass(5_000);
        assertThat(unread(snapshot(node, BOB), BOB)).isOne();
    }

    @Test
    void many_tabs_cost_one_listing_of_receipts_and_participants() {
        ThreadRegistryFixture node = single();
        for (int tab = 0; tab < 30; tab++) {
            assertThat(watch(node, ALICE, "tab " + tab + " of ", null)
                            .snapshot()
                            .receipts())
                    .isNotNull();
        }
        assertThat(thread.count("receipts")).isOne();
        assertThat(thread.count("participants")).isOne();
    }

    @Test
    void receipts_that_could_not_be_listed_are_null() {
        ThreadRegistryFixture node = single();
        thread.read(BOB, thread.send(ALICE, "one"));
        thread.fault = call -> call.operation().equals("receipts") ? FakeThread.refusal(429) : null;
        ThreadSnapshot snapshot = snapshot(node, ALICE);
        assertThat(snapshot.receipts()).isNull();
        thread.fault = call -> null;
        ticker.pass(20_000);
        assertThat(snapshot(node, ALICE).receipts()).hasSize(1);
    }

    @Test
    void count_is_a_hundred_at_most_and_null_where_it_is_not_known() {
        ThreadRegistryFixture node = single();
        for (int i = 0; i < 350; i++) {
            thread.send(ALICE, "m" + i);
            ticker.pass(2);
        }
        ThreadSnapshot snapshot = snapshot(node, BOB);
        assertThat(unread(snapshot, BOB)).isEqualTo(100);
        assertThat(unread(snapshot, ALICE))
                .as("own messages reach back only so far")
                .isNull();
    }

    @Test
    void resume_with_what_is_not_known_yet_waits_for_a_poll() {
        ThreadRegistryFixture node = single();
        thread.read(BOB, thread.send(ALICE, "one"));
        Position position = node.watch(ALICE, EventGroup.MESSAGES).position();
        assertThat(thread.count("receipts")).isZero();
        ThreadSnapshot snapshot = watch(node, BOB, "tab of ", position).snapshot();
        assertThat(snapshot.receipts()).hasSize(1);
        assertThat(unread(snapshot, BOB)).isZero();
    }

    @Test
    void follower_includes_what_it_lists_once() {
        thread.join(ALICE, 0);
        thread.join(BOB, 0);
        ChatMessage first = thread.send(ALICE, "one");
        thread.read(BOB, first);
        ThreadRegistryFixture leader = node("a");
        leader.watch(ALICE);
        ticker.pass(3_000);
        ThreadRegistryFixture follower = node("b");
        assertThat(snapshot(follower, BOB).receipts()).hasSize(1);
        ticker.pass(3_000);
        thread.calls.clear();
        leader.poller.typing(FakeThread.ID, ALICE, "Alice", Instant.ofEpochMilli(ticker.now()));
        ticker.pass(500);
        ThreadSnapshot snapshot = watch(follower, BOB, "second tab of ", null).snapshot();
        assertThat(snapshot.receipts()).hasSize(1);
        assertThat(snapshot.typing()).hasSize(1);
        assertThat(unread(snapshot, BOB)).isZero();
        assertThat(thread.count("participants")).isZero();
    }

    @Test
    void lists_are_fresh_only_for_those_who_watch_and_after_their_writes() {
        ThreadRegistryFixture node = single();
        assertThat(node.poller.listed(FakeThread.ID, ALICE).result()).isEqualTo(Listed.NOTHING);
        ChatMessage first = thread.send(ALICE, "one");
        snapshot(node, ALICE);
        Listed listed = node.poller.listed(FakeThread.ID, ALICE).result();
        assertThat(listed.participants()).hasSize(2);
        assertThat(listed.receipts()).isEmpty();
        assertThat(node.poller.listed(FakeThread.ID, BOB).result()).isEqualTo(Listed.NOTHING);

        thread.read(ALICE, first);
        node.poller.poke(new Poke(FakeThread.ID, "", 0, false, Set.of(EventGroup.RECEIPTS)));
        assertThat(node.poller.listed(FakeThread.ID, ALICE).result().receipts()).isNull();
        ticker.pass(10_000);
        assertThat(node.poller.listed(FakeThread.ID, ALICE).result().receipts()).hasSize(1);

        thread.fault = call -> FakeThread.down();
        ticker.pass(30_000);
        assertThat(node.poller.listed(FakeThread.ID, ALICE).result()).isEqualTo(Listed.NOTHING);
    }
}
