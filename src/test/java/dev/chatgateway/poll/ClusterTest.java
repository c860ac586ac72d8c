package dev.chatgateway.poll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.NodeState;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadUpdate.Notice.FreshnessChanged;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several nodes that watch one thread, in virtual time, with the service itself as the oracle. */
class ClusterTest {
    private static final List<String> USERS = List.of(PollerFixture.ALICE, PollerFixture.BOB, PollerFixture.CAROL);

    private final VirtualTicker ticker = new VirtualTicker(1_800_000_000_123L);
    private final FakeThread thread = new FakeThread(ticker);
    private final FakeCluster cluster = new FakeCluster(ticker, new Random(3));
    private final Map<String, PollerFixture> nodes = new HashMap<>();
    private final Map<String, Accounts> accountsOf = new HashMap<>();
    private int names;

    ClusterTest() {
        USERS.forEach(user -> thread.join(user, 0));
    }

    /** A node with one subscriber, each of another user. */
    private String start() {
        String name = "node" + names;
        Accounts accounts = Accounts.of(ticker::now);
        accountsOf.put(name, accounts);
        PollerFixture node =
                new PollerFixture(PollerFixture.CONFIG, ticker, thread, accounts.place(cluster.join(name)));
        nodes.put(name, node);
        node.watch(USERS.get(names % USERS.size()), EventGroup.all().toArray(EventGroup[]::new));
        names++;
        ticker.pass(3_000);
        return name;
    }

    private void kill(String name) {
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
    void one_node_reads_and_all_are_told() {
        start();
        start();
        start();
        thread.calls.clear();
        for (int i = 0; i < 20; i++) {
            thread.send(PollerFixture.ALICE, "m" + i);
            ticker.pass(1_000);
        }
        // A hot thread is read every 0.6 to 1 s, by one of them.
        assertThat(thread.count("messages")).isBetween(15L, 36L);
        assertAllKnowTheTruth();
    }

    @Test
    void operators_are_told_who_reads_a_thread_and_that_it_is_silent() {
        start();
        start();
        String reader = reader();
        PollerFixture follower = nodes.get(follower());
        assertThat(state(nodes.get(reader)).role()).isEqualTo("own");
        assertThat(state(nodes.get(reader)).reader()).isNull();
        assertThat(state(follower).role()).isEqualTo("follows");
        assertThat(state(follower).reader()).isEqualTo(reader);
        // It lists for itself as seldom as what a digest watches, whatever the thread's heat.
        assertThat(state(follower).intervalMs()).isEqualTo(300_000);

        cluster.mute.add(reader);
        ticker.pass(6_000);
        assertThat(state(follower).role()).isEqualTo("unread");
        assertThat(state(follower).reader()).isEqualTo(reader);
        assertThat(state(follower).intervalMs()).isLessThan(10_000);
    }

    private static NodeState.ThreadEntry state(PollerFixture node) {
        return node.poller.threads("", 10).result().entries().get(0);
    }

    @Test
    void a_follower_needs_no_poll_of_its_own_to_hear_of_a_write_through_it() {
        start();
        start();
        ticker.pass(400_000);
        ChatMessage sent = thread.send(PollerFixture.ALICE, "hello");
        PollerFixture writer = nodes.get(follower());
        writer.poller.poke(new Poke(FakeThread.ID, sent.id(), sent.version(), false, Set.of(EventGroup.MESSAGES)));
        long before = ticker.now();
        assertThat(ticker.passUntil(5_000, () -> told(writer).containsKey(sent.id())))
                .isTrue();
        assertThat(ticker.now() - before).isLessThan(200);
    }

    @Test
    void typing_on_a_follower_is_shown_once_on_each_node() {
        start();
        start();
        PollerFixture typist = nodes.get(follower());
        typist.poller.typing(FakeThread.ID, PollerFixture.ALICE, "Alice", Instant.ofEpochMilli(ticker.now()));
        ticker.pass(1_000);
        nodes.values().forEach(node -> assertThat(node.updates.stream()
                        .flatMap(u -> u.items().stream())
                        .filter(i -> i.event() instanceof ChatEvent.TypingIndicator))
                .hasSize(1));
    }

    @Test
    void receipts_that_only_a_follower_wants_are_read() {
        start();
        start();
        ChatMessage sent = thread.send(PollerFixture.ALICE, "hello");
        ticker.pass(5_000);
        thread.read(PollerFixture.BOB, sent);
        ticker.pass(20_000);
        nodes.values().forEach(node -> assertThat(node.updates.stream()
                        .flatMap(u -> u.items().stream())
                        .filter(i -> i.event() instanceof ChatEvent.ReceiptMoved))
                .hasSize(1));
    }

    @Test
    void a_follower_takes_over_when_the_reader_is_lost() {
        start();
        start();
        start();
        thread.send(PollerFixture.ALICE, "before");
        ticker.pass(2_000);
        String lost = reader();
        kill(lost);
        thread.send(PollerFixture.ALICE, "between");
        ticker.pass(3_000);
        assertThat(reader()).isNotEqualTo(lost);
        assertThat(count(nodes.get(reader()), "claims", "change", "taken")).isOne();
        assertAllKnowTheTruth();
    }

    @Test
    void followers_read_for_themselves_while_the_reader_is_silent_and_stop_when_it_is_back() {
        start();
        start();
        start();
        cluster.mute.add(reader());
        ticker.pass(2_000);
        thread.send(PollerFixture.ALICE, "while it is silent");
        ticker.pass(4_000);
        assertAllKnowTheTruth();
        nodes.forEach((name, node) -> assertThat(count(node, "fallback.polls", "reason", "silent") > 0)
                .as(name)
                .isEqualTo(!name.equals(reader())));
        cluster.mute.clear();
        ticker.pass(10_000);
        thread.calls.clear();
        thread.send(PollerFixture.ALICE, "after");
        ticker.pass(20_000);
        assertThat(thread.count("messages")).isLessThan(36);
        assertAllKnowTheTruth();
    }

    /** Found by ClusterIT: who had said so while it read by itself never took it back, as it read no more. */
    @Test
    void a_follower_whose_own_readings_failed_is_as_timely_as_the_reader_once_that_is_heard() {
        start();
        start();
        PollerFixture follower = nodes.get(follower());
        String user = follower().equals("node0") ? PollerFixture.ALICE : PollerFixture.BOB;
        thread.fault = call -> call.userId().equals(user) ? FakeThread.down() : null;
        cluster.mute.add(reader());
        ticker.pass(20_000);
        assertThat(freshness(follower)).contains(Freshness.Source.DEGRADED);
        cluster.mute.clear();
        ticker.pass(5_000);
        assertThat(freshness(follower)).contains(Freshness.Source.POLL);
    }

    @Test
    void those_on_a_follower_are_told_when_the_reader_is_late_and_when_it_is_timely() {
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
    void the_thread_is_handed_over_when_the_reader_loses_its_last_subscriber() {
        start();
        start();
        String first = reader();
        String user = first.equals("node0") ? PollerFixture.ALICE : PollerFixture.BOB;
        nodes.get(first).poller.unwatch(FakeThread.ID, "socket of " + user);
        ticker.pass(90_000);
        assertThat(reader()).isNotEqualTo(first);
        assertThat(count(nodes.get(first), "claims", "change", "handedOver")).isOne();
        nodes.remove(first);
        thread.send(PollerFixture.CAROL, "to the one who stayed");
        ticker.pass(30_000);
        assertAllKnowTheTruth();
    }

    /** Found by ClusterIT: such a reader kept the slow pace of a thread that nobody watches. */
    @Test
    void a_reader_whose_own_subscribers_have_left_reads_as_often_as_its_followers_need() {
        String first = start();
        nodes.get(first).poller.unwatch(FakeThread.ID, "socket of " + PollerFixture.ALICE);
        ticker.pass(15_000);
        start();
        assertThat(reader()).isEqualTo(first);
        thread.calls.clear();
        ticker.pass(5_000);
        // Hot: 0.6 to 1 s; without the follower it would be 2 to 5 s.
        assertThat(thread.count("messages")).isGreaterThanOrEqualTo(5);
    }

    @Test
    void a_removed_user_hears_no_more_on_a_follower() {
        start();
        start();
        PollerFixture follower = nodes.get(follower());
        String user = follower().equals("node0") ? PollerFixture.ALICE : PollerFixture.BOB;
        thread.remove(user);
        ticker.pass(3_000);
        assertThat(follower.updates.get(follower.updates.size() - 1).roster().member(user))
                .isEmpty();
    }

    /** Messages lost, nodes lost and silent and new, writes of all kinds: in the end all know what the service knows. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void whatever_happens_all_come_to_know_the_truth_and_nothing_twice(long seed) {
        Random random = new Random(seed);
        List<ChatMessage> sent = new ArrayList<>();
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
        thread.send(PollerFixture.ALICE, "the last");
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
        } else if (what < 28) {
            int at = sent.size() - 1 - random.nextInt(Math.min(20, sent.size()));
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
            cluster.mute.add(name);
            ticker.pass(random.nextInt(8_000));
            cluster.mute.remove(name);
        }
    }

    /** What those on a node were told last. */
    private static Optional<Freshness.Source> freshness(PollerFixture node) {
        return node.updates.stream()
                .flatMap(u -> u.notices().stream())
                .filter(FreshnessChanged.class::isInstance)
                .map(notice -> ((FreshnessChanged) notice).freshness().source())
                .reduce((before, after) -> after);
    }

    private static double count(PollerFixture node, String what, String label, String value) {
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
                    .filter(m -> !m.type().system() && m.arrivedAt() > begun(node))
                    .forEach(m -> assertThat(told).as(name).containsEntry(m.id(), m.version()));
        });
    }

    /** What was there before the node began is part of the state that its subscriber began with. */
    private static long begun(PollerFixture node) {
        return node.begun;
    }

    /** Newest version told of each message; no state twice, versions rising. */
    private static Map<String, Long> told(PollerFixture node) {
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
