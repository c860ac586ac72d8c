package dev.chatgateway.poll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.cluster.Lease;
import dev.chatgateway.cluster.NodeBus;
import dev.chatgateway.cluster.NodeMessage;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.Notice.FreshnessChanged;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Several nodes that watch one thread, in virtual time, with the service itself as the oracle. */
class ClusterTest {
    private static final List<String> USERS =
            List.of(ThreadRegistryFixture.ALICE, ThreadRegistryFixture.BOB, ThreadRegistryFixture.CAROL);

    private final VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
    private final FakeThread thread = new FakeThread(ticker);
    private final FakeCluster cluster = new FakeCluster(ticker, new Random(3));
    private final Map<String, ThreadRegistryFixture> nodes = new HashMap<>();
    private final Map<String, Accounts> accountsOf = new HashMap<>();
    private int names;

    ClusterTest() {
        USERS.forEach(user -> thread.join(user, 0));
    }

    /** A node with one subscriber; each node has another user. */
    private String start() {
        return start(ThreadRegistryFixture.CONFIG, EventGroup.all());
    }

    private String start(GatewayConfig.Poll config, Set<EventGroup> groups) {
        String name = "node" + names;
        Accounts accounts = Accounts.of(ticker::now);
        accountsOf.put(name, accounts);
        ThreadRegistryFixture node =
                new ThreadRegistryFixture(config, ticker, thread, accounts.place(cluster.join(name)));
        nodes.put(name, node);
        node.watch(USERS.get(names % USERS.size()), groups.toArray(EventGroup[]::new));
        names++;
        ticker.pass(3_000);
        return name;
    }

    private String startFor(String userId) {
        String name = "node" + names++;
        Accounts accounts = Accounts.of(ticker::now);
        accountsOf.put(name, accounts);
        ThreadRegistryFixture node = new ThreadRegistryFixture(
                ThreadRegistryFixture.CONFIG, ticker, thread, accounts.place(cluster.join(name)));
        nodes.put(name, node);
        node.watch(userId);
        return name;
    }

    private void kill(String name) {
        HistoryTrace.say(ticker, "%s is lost", name);
        cluster.lose(name);
        nodes.remove(name).poller.close();
    }

    private String reader() {
        return cluster.claims.get(FakeThread.ID).node();
    }

    private String follower() {
        return nodes.keySet().stream()
                .filter(n -> !n.equals(reader()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void one_node_polls_for_all() {
        start();
        start();
        start();
        thread.calls.clear();
        for (int i = 0; i < 20; i++) {
            thread.send(ThreadRegistryFixture.ALICE, "m" + i);
            ticker.pass(1_000);
        }
        // One node polls the hot thread every 0.6 to 1 s.
        assertThat(thread.count("messages")).isBetween(15L, 36L);
        assertAllKnowTheTruth();
    }

    @Test
    void state_page_names_the_leader_and_that_it_is_silent() {
        start();
        start();
        String reader = reader();
        ThreadRegistryFixture follower = nodes.get(follower());
        assertThat(state(nodes.get(reader)).role()).isEqualTo("own");
        assertThat(state(nodes.get(reader)).reader()).isNull();
        assertThat(state(follower).role()).isEqualTo("follows");
        assertThat(state(follower).reader()).isEqualTo(reader);
        // A follower lists the thread as seldom as one that a thread list covers, whatever its activity.
        assertThat(state(follower).intervalMs()).isEqualTo(300_000);

        cluster.mute.add(reader);
        ticker.pass(6_000);
        assertThat(state(follower).role()).isEqualTo("unread");
        assertThat(state(follower).reader()).isEqualTo(reader);
        assertThat(state(follower).intervalMs()).isLessThan(10_000);
    }

    private static NodeState.ThreadEntry state(ThreadRegistryFixture node) {
        return node.poller.threads("", 10).result().entries().get(0);
    }

    @Test
    void write_through_a_follower_needs_no_poll_there() {
        start();
        start();
        ticker.pass(400_000);
        ChatMessage sent = thread.send(ThreadRegistryFixture.ALICE, "hello");
        ThreadRegistryFixture writer = nodes.get(follower());
        writer.poller.poke(new Poke(FakeThread.ID, sent.id(), sent.version(), false, Set.of(EventGroup.MESSAGES)));
        long before = ticker.now();
        assertThat(ticker.passUntil(5_000, () -> told(writer).containsKey(sent.id())))
                .isTrue();
        assertThat(ticker.now() - before).isLessThan(200);
    }

    /** A write or push at a node that does not watch the thread once waited for the next poll. */
    @Test
    void write_through_a_node_without_watchers_reaches_the_leader() {
        start();
        start();
        ThreadRegistryFixture idle = new ThreadRegistryFixture(
                ThreadRegistryFixture.CONFIG,
                ticker,
                thread,
                Accounts.of(ticker::now).place(cluster.join("idle")));
        ticker.pass(400_000);
        ChatMessage sent = thread.send(ThreadRegistryFixture.ALICE, "hello");
        idle.poller.poke(new Poke(FakeThread.ID, sent.id(), sent.version(), false, Set.of(EventGroup.MESSAGES)));
        ticker.pass(100);
        nodes.values().forEach(node -> assertThat(told(node)).containsKey(sent.id()));
    }

    @Test
    void typing_on_a_follower_is_shown_once_on_each_node() {
        start();
        start();
        ThreadRegistryFixture typist = nodes.get(follower());
        typist.poller.typing(FakeThread.ID, ThreadRegistryFixture.ALICE, "Alice", Instant.ofEpochMilli(ticker.now()));
        ticker.pass(1_000);
        nodes.values().forEach(node -> assertThat(node.updates.stream()
                        .flatMap(u -> u.items().stream())
                        .filter(i -> i.event() instanceof ChatEvent.TypingIndicator))
                .hasSize(1));
    }

    @Test
    void receipts_that_only_a_follower_wants_are_listed() {
        start();
        start();
        ChatMessage sent = thread.send(ThreadRegistryFixture.ALICE, "hello");
        ticker.pass(5_000);
        thread.read(ThreadRegistryFixture.BOB, sent);
        ticker.pass(20_000);
        nodes.values().forEach(node -> assertThat(node.updates.stream()
                        .flatMap(u -> u.items().stream())
                        .filter(i -> i.event() instanceof ChatEvent.ReceiptMoved))
                .hasSize(1));
    }

    @Test
    void follower_takes_over_when_the_leader_is_lost() {
        start();
        start();
        start();
        thread.send(ThreadRegistryFixture.ALICE, "before");
        ticker.pass(2_000);
        String lost = reader();
        kill(lost);
        thread.send(ThreadRegistryFixture.ALICE, "between");
        ticker.pass(3_000);
        assertThat(reader()).isNotEqualTo(lost);
        assertThat(count(nodes.get(reader()), "claims", "change", "taken")).isOne();
        assertAllKnowTheTruth();
    }

    @Test
    void followers_poll_while_the_leader_is_silent() {
        start();
        start();
        start();
        cluster.mute.add(reader());
        ticker.pass(2_000);
        thread.send(ThreadRegistryFixture.ALICE, "while it is silent");
        ticker.pass(4_000);
        assertAllKnowTheTruth();
        nodes.forEach((name, node) -> assertThat(count(node, "fallback.polls", "reason", "silent") > 0)
                .as(name)
                .isEqualTo(!name.equals(reader())));
        cluster.mute.clear();
        ticker.pass(10_000);
        thread.calls.clear();
        thread.send(ThreadRegistryFixture.ALICE, "after");
        ticker.pass(20_000);
        assertThat(thread.count("messages")).isLessThan(36);
        assertAllKnowTheTruth();
    }

    /** A follower once never took back that events are late, as it had ceased to poll. */
    @Test
    void follower_takes_over_freshness_of_a_leader_heard_again() {
        start();
        start();
        ThreadRegistryFixture follower = nodes.get(follower());
        String user = follower().equals("node0") ? ThreadRegistryFixture.ALICE : ThreadRegistryFixture.BOB;
        thread.fault = call -> call.userId().equals(user) ? FakeThread.down() : null;
        cluster.mute.add(reader());
        ticker.pass(20_000);
        assertThat(freshness(follower)).contains(Freshness.Source.DEGRADED);
        cluster.mute.clear();
        ticker.pass(5_000);
        assertThat(freshness(follower)).contains(Freshness.Source.POLL);
    }

    /** New subscribers once got the freshness that a leader had sent before it fell silent. */
    @Test
    void new_subscriber_gets_the_freshness_published_last() {
        start();
        start();
        ThreadRegistryFixture follower = nodes.get(follower());
        String user = reader().equals("node0") ? ThreadRegistryFixture.ALICE : ThreadRegistryFixture.BOB;
        thread.fault = call -> call.userId().equals(user) ? FakeThread.down() : null;
        ticker.pass(20_000);
        assertThat(freshness(follower)).contains(Freshness.Source.DEGRADED);
        cluster.mute.add(reader());
        ticker.pass(20_000);
        assertThat(freshness(follower)).contains(Freshness.Source.POLL);
        // Its heartbeat is heard again, but its state of the thread is lost.
        cluster.mute.clear();
        cluster.loss = 1;
        ticker.pass(1_500);
        assertThat(follower.watch(ThreadRegistryFixture.CAROL).freshness().source())
                .isEqualTo(Freshness.Source.POLL);
        cluster.loss = 0;
        thread.fault = call -> null;
        ticker.pass(30_000);
        assertThat(freshness(follower)).contains(Freshness.Source.POLL);
    }

    @Test
    void followers_publish_freshness_changes_of_the_leader() {
        start();
        start();
        thread.fault = call -> FakeThread.down();
        ticker.pass(20_000);
        nodes.values().forEach(node -> assertThat(freshness(node)).contains(Freshness.Source.DEGRADED));
        thread.fault = call -> null;
        ticker.pass(40_000);
        nodes.values().forEach(node -> assertThat(freshness(node)).contains(Freshness.Source.POLL));
    }

    @Test
    void leader_without_subscribers_hands_the_thread_over() {
        start();
        start();
        String first = reader();
        String user = first.equals("node0") ? ThreadRegistryFixture.ALICE : ThreadRegistryFixture.BOB;
        nodes.get(first).poller.unwatch(FakeThread.ID, "socket of " + user);
        ticker.pass(90_000);
        assertThat(reader()).isNotEqualTo(first);
        assertThat(count(nodes.get(first), "claims", "change", "handedOver")).isOne();
        nodes.remove(first);
        thread.send(ThreadRegistryFixture.CAROL, "to the one who stayed");
        ticker.pass(30_000);
        assertAllKnowTheTruth();
    }

    /** Such a leader once polled as seldom as a thread without subscribers. */
    @Test
    void leader_without_subscribers_polls_for_its_followers() {
        String first = start();
        nodes.get(first).poller.unwatch(FakeThread.ID, "socket of " + ThreadRegistryFixture.ALICE);
        ticker.pass(15_000);
        start();
        assertThat(reader()).isEqualTo(first);
        thread.calls.clear();
        ticker.pass(5_000);
        // Hot: 0.6 to 1 s; without the follower it would be 2 to 5 s.
        assertThat(thread.count("messages")).isGreaterThanOrEqualTo(5);
    }

    @Test
    void removed_user_gets_no_events_on_a_follower() {
        start();
        start();
        ThreadRegistryFixture follower = nodes.get(follower());
        String user = follower().equals("node0") ? ThreadRegistryFixture.ALICE : ThreadRegistryFixture.BOB;
        thread.remove(user);
        ticker.pass(3_000);
        assertThat(follower.updates.get(follower.updates.size() - 1).roster().member(user))
                .isEmpty();
    }

    @Test
    void deleted_thread_leaves_no_lease() {
        start();
        start();
        thread.deletedOn = Instant.ofEpochMilli(ticker.now());
        thread.fault = call -> FakeThread.refusal(404);
        nodes.get(reader()).poller.poke(new Poke(FakeThread.ID, "", 0, true, Set.of(EventGroup.PROPERTIES)));
        ticker.pass(30_000);
        nodes.values().forEach(node -> assertThat(node.poller.size()).isZero());
        assertThat(cluster.claims).isEmpty();
    }

    /** Later nodes once followed one that did not poll the thread, and polled nothing. */
    @Test
    void lease_of_a_node_that_does_not_watch_is_released() {
        start();
        nodes.get("node0").poller.unwatch(FakeThread.ID, "socket of " + ThreadRegistryFixture.ALICE);
        ticker.pass(90_000);
        cluster.claims.put(FakeThread.ID, new Lease("node0", 7));
        start();
        ticker.pass(5_000);
        assertThat(reader()).isEqualTo("node1");
        assertThat(cluster.sent.get(NodeMessage.StateRequest.class)).isLessThan(5);
        ChatMessage sent = thread.send(ThreadRegistryFixture.CAROL, "heard");
        ticker.pass(3_000);
        assertThat(told(nodes.get("node1"))).containsKey(sent.id());
    }

    /** A leader once applied the update of another leader, so that its own followers never got it. */
    @Test
    void update_of_a_second_leader_is_polled_and_replicated() {
        start();
        start();
        ThreadRegistryFixture reading = nodes.get(reader());
        ThreadRegistryFixture following = nodes.get(follower());
        NodeBus other = cluster.join("other").bus();
        ticker.pass(3_000);
        ChatMessage sent = thread.send(ThreadRegistryFixture.CAROL, "twice");
        other.send(reader(), told(sent));
        assertThat(ticker.passUntil(300, () -> told(reading).containsKey(sent.id())))
                .isTrue();
        ticker.pass(50);
        assertThat(told(following)).containsKey(sent.id());
    }

    /** An update during a poll was once neither in the answer to a resuming client nor in a later event. */
    @Test
    void update_during_a_resume_reaches_the_client() {
        ThreadRegistryFixture before = new ThreadRegistryFixture(ThreadRegistryFixture.CONFIG, ticker, thread);
        Position since = before.watch(ThreadRegistryFixture.CAROL).position();
        before.poller.close();
        thread.send(ThreadRegistryFixture.ALICE, "while it was away");
        NodeBus other = cluster.join("other").bus();
        cluster.claims.put(FakeThread.ID, new Lease("other", 1));
        ThreadRegistryFixture node = nodes.get(start());
        // The service lists at once, and its answer takes a while.
        thread.latencyMs = 200;
        thread.behindMs = 200;
        Future<Watched> resumed = node.resume(ThreadRegistryFixture.CAROL, since);
        ticker.pass(100);
        ChatMessage sent = thread.send(ThreadRegistryFixture.ALICE, "in the midst of it");
        other.send("node0", told(sent));
        assertThat(ticker.passUntil(5_000, resumed::isComplete)).isTrue();
        ticker.pass(100);
        Watched answer = resumed.result();
        Stream<ChatEvent> later = node.updates.stream()
                .filter(update -> update.revision() > answer.revision())
                .flatMap(update -> update.items().stream())
                .map(ThreadUpdate.Item::event);
        Stream<ChatEvent> replayed = answer.catchUp().items().stream().map(ThreadUpdate.Item::event);
        assertThat(Stream.concat(replayed, later).map(ClusterTest::message).filter(Objects::nonNull))
                .extracting(ChatMessage::id)
                .contains(sent.id())
                .doesNotHaveDuplicates();
    }

    private static NodeMessage.Update told(ChatMessage message) {
        return told(message, 0, 0);
    }

    private static NodeMessage.Update told(ChatMessage message, long markBefore, long mark) {
        return new NodeMessage.Update(
                FakeThread.ID,
                List.of(message),
                List.of(),
                null,
                -1,
                null,
                null,
                null,
                false,
                null,
                false,
                markBefore,
                mark,
                0,
                RecentStates.NONE);
    }

    @Test
    void resync_of_the_leader_reaches_the_followers() {
        NodeBus other = cluster.join("other").bus();
        cluster.claims.put(FakeThread.ID, new Lease("other", 1));
        ChatMessage sent = thread.send(ThreadRegistryFixture.BOB, "first");
        ThreadRegistryFixture node = nodes.get(start());
        ticker.pass(1_000);
        other.send("node0", resync(sent.version()));
        ticker.pass(300);
        assertThat(node.notices()).contains(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Resync.Cause.LEADER)));
    }

    private static NodeMessage.Update resync(long mark) {
        return new NodeMessage.Update(
                FakeThread.ID,
                List.of(),
                List.of(),
                null,
                -1,
                null,
                null,
                null,
                true,
                null,
                false,
                mark,
                mark,
                0,
                RecentStates.NONE);
    }

    /** The token of a late joiner lists no old messages: with it alone their edits are not found. */
    @Test
    void lease_goes_to_the_node_whose_subscribers_see_further_back() {
        ChatMessage old = thread.send(ThreadRegistryFixture.BOB, "old");
        ticker.pass(5_000);
        thread.join("8:acs:late", ticker.now());
        String first = startFor("8:acs:late");
        ticker.pass(5_000);
        assertThat(reader()).isEqualTo(first);
        String second = startFor(ThreadRegistryFixture.ALICE);
        assertThat(ticker.passUntil(10_000, () -> reader().equals(second))).isTrue();
        ticker.pass(5_000);
        thread.edit(old, "edited");
        ticker.pass(5_000);
        ChatMessage edited = thread.edit(old, "edited again");
        ticker.pass(2_000);
        assertThat(told(nodes.get(second))).containsEntry(edited.id(), edited.version());
        assertThat(thread.calls.stream()
                        .filter(c -> c.operation().equals("messages") && c.at() > ticker.now() - 2_000)
                        .map(FakeThread.Call::userId))
                .containsOnly(ThreadRegistryFixture.ALICE);
    }

    /** Earlier updates of the leader were lost: only a listing brings their changes. */
    @Test
    void follower_behind_the_leaders_mark_lists_once() {
        NodeBus other = cluster.join("other").bus();
        cluster.claims.put(FakeThread.ID, new Lease("other", 1));
        thread.send(ThreadRegistryFixture.BOB, "first");
        ThreadRegistryFixture node = nodes.get(start());
        ticker.pass(1_000);
        ChatMessage lost = thread.send(ThreadRegistryFixture.BOB, "lost");
        ticker.pass(50);
        ChatMessage sent = thread.send(ThreadRegistryFixture.BOB, "told");
        thread.calls.clear();
        other.send("node0", told(sent, lost.version(), sent.version()));
        ticker.pass(300);
        assertThat(told(node)).containsKeys(lost.id(), sent.id());
        assertThat(thread.count("messages")).isEqualTo(1);
    }

    /** Each check of its lease, every ten seconds, once woke an idle thread. */
    @Test
    void check_of_a_lease_does_not_wake_an_idle_thread() {
        GatewayConfig.Poll config = ThreadRegistryFixture.config(5_000, 10, true);
        start(config, Set.of(EventGroup.MESSAGES, EventGroup.EDITS));
        ThreadRegistryFixture node = nodes.get("node0");
        assertThat(ticker.passUntil(120_000, () -> node.poller.idle() == 1)).isTrue();
        int parked = 0;
        for (int second = 0; second < 300; second++) {
            ticker.pass(1_000);
            parked += node.poller.idle() == 1 ? 1 : 0;
        }
        // An idle thread is listed every thirty seconds.
        assertThat(parked).isGreaterThan(250);
    }

    @Test
    void follower_that_failed_to_catch_up_tries_again() {
        start();
        start();
        ThreadRegistryFixture follower = nodes.get(follower());
        String user = follower().equals("node0") ? ThreadRegistryFixture.ALICE : ThreadRegistryFixture.BOB;
        thread.fault = call -> call.userId().equals(user) ? FakeThread.down() : null;
        cluster.loss = 1;
        ChatMessage sent = thread.send(ThreadRegistryFixture.CAROL, "lost on the way");
        ticker.pass(2_000);
        cluster.loss = 0;
        ticker.pass(5_000);
        assertThat(told(follower)).doesNotContainKey(sent.id());
        thread.fault = call -> null;
        ticker.pass(20_000);
        assertThat(told(follower)).containsKey(sent.id());
    }

    /** The groups of a second subscriber of a follower once did not reach the leader. */
    @Test
    void receipts_are_listed_for_a_later_subscriber_of_a_follower() {
        Set<EventGroup> messages = Set.of(EventGroup.MESSAGES);
        start(ThreadRegistryFixture.CONFIG, messages);
        start(ThreadRegistryFixture.CONFIG, messages);
        ChatMessage sent = thread.send(ThreadRegistryFixture.ALICE, "hello");
        ThreadRegistryFixture follower = nodes.get(follower());
        follower.watch(ThreadRegistryFixture.CAROL, EventGroup.RECEIPTS);
        ticker.pass(5_000);
        thread.read(ThreadRegistryFixture.BOB, sent);
        ticker.pass(20_000);
        assertThat(follower.events()).anyMatch(ChatEvent.ReceiptMoved.class::isInstance);
    }

    @Test
    void receipt_sent_through_a_follower_causes_no_poll_there() {
        start();
        start();
        ticker.pass(20_000);
        String user = follower().equals("node0") ? ThreadRegistryFixture.ALICE : ThreadRegistryFixture.BOB;
        thread.calls.clear();
        nodes.get(follower()).poller.poke(new Poke(FakeThread.ID, "", 0, false, Set.of(EventGroup.RECEIPTS)));
        ticker.pass(10_000);
        assertThat(thread.calls).noneMatch(call -> call.userId().equals(user));
    }

    /** Any known version of the message once counted as the edit. */
    @Test
    void edit_is_found_though_its_hint_to_the_leader_was_lost() {
        start();
        start();
        ChatMessage sent = thread.send(ThreadRegistryFixture.ALICE, "hello");
        ticker.pass(10_000);
        ThreadRegistryFixture follower = nodes.get(follower());
        thread.hides = (priority, message) -> priority == Priority.POLL && message.version() > message.arrivedAt();
        ChatMessage edited = thread.edit(sent, "hello!");
        cluster.loss = 1;
        follower.poller.poke(new Poke(FakeThread.ID, sent.id(), 0, false, Set.of(EventGroup.EDITS)));
        ticker.pass(10);
        cluster.loss = 0;
        ticker.pass(4_000);
        assertThat(told(follower)).containsEntry(sent.id(), edited.version());
        assertThat(count(follower, "fallback.polls", "reason", "unseen")).isOne();
    }

    @Test
    void forwarded_refresh_hint_is_not_forwarded_again() {
        start();
        start();
        ChatMessage sent = thread.send(ThreadRegistryFixture.ALICE, "hello");
        NodeBus other = cluster.join("other").bus();
        ticker.pass(3_000);
        cluster.sent.clear();
        Poke poke = new Poke(FakeThread.ID, sent.id(), 0, false, Set.of(EventGroup.MESSAGES));
        other.send(follower(), new NodeMessage.RefreshHint(poke, false));
        ticker.pass(3_000);
        assertThat(cluster.sent.get(NodeMessage.RefreshHint.class)).isOne();
    }

    @Test
    void properties_are_replicated_only_when_they_change() {
        start();
        start();
        ticker.pass(5_000);
        thread.metadata = Map.of("colour", "green");
        thread.rename("Coffee");
        ticker.pass(30_000);
        thread.send(ThreadRegistryFixture.ALICE, "hello");
        ticker.pass(5_000);
        nodes.forEach((name, node) -> assertThat(node.events())
                .as(name)
                .filteredOn(ChatEvent.PropertiesUpdated.class::isInstance)
                .hasSizeLessThanOrEqualTo(2)
                .isNotEmpty());
    }

    @Test
    void node_that_released_its_leases_acquires_none() {
        start();
        nodes.get("node0").poller.unwatch(FakeThread.ID, "socket of " + ThreadRegistryFixture.ALICE);
        nodes.get("node0").env.replication().handOver(true);
        ticker.pass(30_000);
        assertThat(cluster.claims).isEmpty();
    }

    /** By then a node has polled the thread once: later changes of any message are published. */
    private static final long FIRST_POLL_MS = 30_000;

    /** {@code -Dcluster.seeds=2000} for many. */
    static LongStream seeds() {
        return LongStream.rangeClosed(1, Integer.getInteger("cluster.seeds", 40));
    }

    /** Messages lost, nodes lost and silent and new, writes of all kinds: in the end all know what the service knows. */
    @ParameterizedTest
    @MethodSource("seeds")
    void whatever_happens_all_come_to_know_the_truth_and_nothing_twice(long seed) {
        Random random = new Random(seed);
        List<ChatMessage> sent = new ArrayList<>();
        HistoryTrace.say(ticker, "seed %d", seed);
        start();
        start();
        start();
        for (int i = 0; i < 150; i++) {
            cluster.loss = random.nextInt(3) == 0 ? 0.3 : 0;
            happen(random, sent);
            ticker.pass(random.nextInt(3_000));
        }
        cluster.loss = 0;
        cluster.mute.clear();
        ticker.pass(60_000);
        assertAllKnowTheTruth();
        thread.calls.clear();
        thread.send(ThreadRegistryFixture.ALICE, "the last");
        ticker.pass(20_000);
        assertThat(thread.count("messages")).as("one reader again").isLessThan(36);
        assertAllKnowTheTruth();
        nodes.forEach((name, node) ->
                assertThat(freshness(node)).as(name).isNotEqualTo(Optional.of(Freshness.Source.DEGRADED)));
    }

    private void happen(Random random, List<ChatMessage> sent) {
        int what = random.nextInt(40);
        if (what < 20 || sent.isEmpty()) {
            sent.add(thread.send(USERS.get(random.nextInt(3)), "m"));
            if (random.nextInt(5) == 0) {
                thread.late(sent.get(sent.size() - 1), random.nextInt(4_500));
            }
        } else if (what < 28) {
            int at = random.nextInt(sent.size());
            sent.set(at, thread.edit(sent.get(at), "edited"));
        } else if (what < 31) {
            thread.delete(sent.remove(sent.size() - 1));
        } else if (what < 33 && nodes.size() > 1) {
            kill(List.copyOf(nodes.keySet()).get(random.nextInt(nodes.size())));
            start();
        } else if (what < 34) {
            thread.fault = call -> FakeThread.down();
            ticker.pass(random.nextInt(10_000));
            thread.fault = call -> null;
        } else if (what < 36) {
            String name = List.copyOf(nodes.keySet()).get(random.nextInt(nodes.size()));
            HistoryTrace.say(ticker, "%s is cut off", name);
            cluster.mute.add(name);
            ticker.pass(random.nextInt(8_000));
            HistoryTrace.say(ticker, "%s is back", name);
            cluster.mute.remove(name);
        } else if (what < 37) {
            drain(List.copyOf(nodes.keySet()).get(random.nextInt(nodes.size())), random.nextInt(5_000));
            start();
        } else if (what < 39) {
            HistoryTrace.say(ticker, "the claim is lost");
            cluster.claims.clear();
        } else {
            String name = List.copyOf(nodes.keySet()).get(random.nextInt(nodes.size()));
            HistoryTrace.say(ticker, "the claim is of %s, as a merge has left it", name);
            cluster.claims.put(FakeThread.ID, new Lease(name, 1_000 + random.nextInt(1_000)));
        }
    }

    /** As with SIGTERM: its threads are handed over first. */
    private void drain(String name, long ms) {
        HistoryTrace.say(ticker, "%s is drained", name);
        nodes.get(name).env.replication().handOver(false);
        ticker.pass(ms);
        nodes.get(name).env.replication().handOver(true);
        kill(name);
    }

    /** The freshness that a node published last. */
    private static Optional<Freshness.Source> freshness(ThreadRegistryFixture node) {
        return node.updates.stream()
                .flatMap(u -> u.notices().stream())
                .filter(FreshnessChanged.class::isInstance)
                .map(notice -> ((FreshnessChanged) notice).freshness().source())
                .reduce((before, after) -> after);
    }

    private static double count(ThreadRegistryFixture node, String what, String label, String value) {
        return node.meters
                .get("chatgateway.cluster." + what)
                .tag(label, value)
                .counter()
                .count();
    }

    private void assertAllKnowTheTruth() {
        nodes.forEach((name, node) -> {
            Map<String, Long> told = told(node);
            thread.messages.values().stream()
                    .filter(m -> !m.type().system())
                    .filter(m -> m.arrivedAt() > begun(node) || m.version() > begun(node) + FIRST_POLL_MS)
                    .forEach(m -> assertThat(told).as(name).containsEntry(m.id(), m.version()));
        });
    }

    /** Messages from before the node began are part of the state that its subscriber began with. */
    private static long begun(ThreadRegistryFixture node) {
        return node.begun;
    }

    /** Newest version published of each message; no state twice, versions rise. */
    private static Map<String, Long> told(ThreadRegistryFixture node) {
        Map<String, Long> newest = new HashMap<>();
        Set<String> states = new HashSet<>();
        node.updates.stream().flatMap(u -> u.items().stream()).forEach(item -> {
            ChatMessage message = message(item.event());
            if (message != null) {
                assertThat(states.add(message.id() + "/" + message.version()))
                        .as("once: " + message)
                        .isTrue();
                Long before = newest.put(message.id(), message.version());
                assertThat(before == null || before < message.version())
                        .as("rising: " + message)
                        .isTrue();
            }
        });
        return newest;
    }

    private static ChatMessage message(ChatEvent event) {
        if (event instanceof ChatEvent.MessageReceived e) {
            return e.message();
        }
        return event instanceof ChatEvent.MessageEdited e
                ? e.message()
                : event instanceof ChatEvent.MessageDeleted e ? e.message() : null;
    }
}
