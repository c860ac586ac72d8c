package dev.chatgateway.poll;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.ThreadUpdate.Item;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * Pages of messages against the window: old state + events = new state, each (id, version) at most once, versions rising
 * per message, whatever arrives, changes, and however stale a page is.
 */
class DiffProperties {
    private static final int CAPACITY = 60;

    private final TreeMap<Long, ChatMessage> service = new TreeMap<>();
    private final Map<Long, String> client = new HashMap<>();
    private final Map<Long, Long> newest = new HashMap<>();
    private final Set<List<Long>> delivered = new HashSet<>();
    private long clock = 1_800_000_000_000L;

    @FuzzTest(maxDuration = "15s")
    void old_state_and_events_are_the_new_state(FuzzedDataProvider input) {
        Dice data = new Dice(input.consumeLong());
        service.clear();
        client.clear();
        newest.clear();
        delivered.clear();
        GatewayConfig.Poll config = PollerFixture.config(5_000, CAPACITY, 10);
        ThreadState state = new ThreadState(FakeThread.ID, () -> config, new Random(1));
        for (int i = data.between(0, 20); i > 0; i--) {
            arrive();
        }
        baseline(state, page(data.between(1, 70)));
        List<ChatMessage> stale = page(70);
        for (int step = 0; step < 60; step++) {
            switch (data.between(0, 5)) {
                case 0 -> arrive();
                case 1 -> change(data, false);
                case 2 -> change(data, true);
                case 3 -> stale = page(data.between(1, 70));
                case 4 -> read(state, stale);
                default -> read(state, page(data.between(1, 70)));
            }
        }
        read(state, page(CAPACITY));
        for (ChatMessage message : page(CAPACITY)) {
            if (message.arrivedAt() >= state.window.lowerBound()) {
                assertThat(client).containsEntry(message.arrivedAt(), form(message));
                assertThat(state.window.versionOf(message.arrivedAt())).isEqualTo(message.version());
            }
        }
        assertThat(state.window.size()).isLessThanOrEqualTo(CAPACITY);
        assertThat(state.window.hash()).isEqualTo(hash(state));
    }

    private void baseline(ThreadState state, List<ChatMessage> page) {
        state.window.reset(
                page.size() < service.size() ? page.get(page.size() - 1).arrivedAt() : 0);
        page.forEach(state.window::put);
        state.read = true;
        page.forEach(m -> client.put(m.arrivedAt(), form(m)));
        page.forEach(m -> newest.put(m.arrivedAt(), m.version()));
    }

    private void read(ThreadState state, List<ChatMessage> page) {
        List<Item> items = new ArrayList<>();
        new ChangeEvents(state, items).apply(state.window.changes(page));
        long last = 0;
        for (Item item : items) {
            ChatMessage message = message(item.event());
            assertThat(delivered.add(List.of(message.arrivedAt(), message.version())))
                    .isTrue();
            assertThat(message.version()).isGreaterThan(newest.getOrDefault(message.arrivedAt(), -1L));
            assertThat(message.version()).as("order within a reading").isGreaterThanOrEqualTo(last);
            assertThat(item.position().version()).isGreaterThanOrEqualTo(message.version());
            last = message.version();
            newest.put(message.arrivedAt(), message.version());
            client.put(message.arrivedAt(), form(message));
        }
    }

    private static ChatMessage message(ChatEvent event) {
        if (event instanceof ChatEvent.MessageReceived e) {
            assertThat(e.message().edited() || e.message().deleted()).isFalse();
            return e.message();
        } else if (event instanceof ChatEvent.MessageEdited e) {
            assertThat(e.message().deleted()).isFalse();
            return e.message();
        }
        return ((ChatEvent.MessageDeleted) event).message();
    }

    private void arrive() {
        clock += 1 + clock % 7;
        service.put(clock, FakeThread.message(clock, MessageType.TEXT, "8:acs:a", "m" + clock, List.of()));
    }

    private void change(Dice data, boolean delete) {
        if (service.isEmpty()) {
            return;
        }
        List<ChatMessage> all = page(CAPACITY);
        ChatMessage before = all.get(data.between(0, all.size() - 1));
        if (before.deleted()) {
            return;
        }
        clock += clock % 3;
        long version = Math.max(clock, before.version() + 1);
        Instant at = Instant.ofEpochMilli(version);
        service.put(
                before.arrivedAt(),
                new ChatMessage(
                        before.id(),
                        version,
                        before.type(),
                        before.createdOn(),
                        before.senderId(),
                        "",
                        delete ? null : "edit " + version,
                        null,
                        List.of(),
                        null,
                        null,
                        delete ? before.editedOn() : at,
                        delete ? at : null,
                        Map.of()));
    }

    private List<ChatMessage> page(int size) {
        return service.descendingMap().values().stream().limit(size).toList();
    }

    private static String form(ChatMessage message) {
        return message.version() + " " + message.text() + (message.deleted() ? " deleted" : "");
    }

    private long hash(ThreadState state) {
        return service.keySet().stream()
                .filter(id -> state.window.versionOf(id) >= 0)
                .mapToLong(id -> Hashes.state(id, state.window.versionOf(id)))
                .sum();
    }
}
