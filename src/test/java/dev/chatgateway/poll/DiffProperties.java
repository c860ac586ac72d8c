package dev.chatgateway.poll;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.poll.cycle.ChangeEvents;
import dev.chatgateway.poll.diff.VersionWindow;
import dev.chatgateway.poll.state.ThreadState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * The comparison of listings with the window: the old state and the events together equal the new state, each (id,
 * version) is published at most once, and the versions of a message rise. With random messages, changes and stale
 * listings.
 */
class DiffProperties {
    private static final int OVERLAP_MS = 50;

    private final TreeMap<Long, ChatMessage> service = new TreeMap<>();
    private final Map<Long, String> client = new HashMap<>();
    private final Map<Long, Long> newest = new HashMap<>();
    private final Set<List<Long>> delivered = new HashSet<>();
    private long clock = 1_800_000_000_000L;

    @FuzzTest(maxDuration = "4s")
    void old_state_and_events_equal_the_new_state(FuzzedDataProvider input) {
        Dice data = new Dice(input.consumeLong());
        service.clear();
        client.clear();
        newest.clear();
        delivered.clear();
        GatewayConfig.Poll config = ThreadRegistryFixture.config(OVERLAP_MS, 10);
        ThreadState state = new ThreadState(FakeThread.ID, () -> config, new Random(1));
        for (int i = data.between(0, 100); i > 0; i--) {
            arrive();
        }
        begin(state, page(Long.MIN_VALUE));
        List<ChatMessage> stale = page(Long.MIN_VALUE);
        for (int step = 0; step < 60; step++) {
            switch (data.between(0, 6)) {
                case 0 -> arrive();
                case 1 -> change(data, false);
                case 2 -> change(data, true);
                case 3 -> stale = page(Long.MIN_VALUE);
                case 4 -> apply(state, stale, false);
                case 5 -> clock += data.between(0, 3 * OVERLAP_MS);
                default -> apply(state, page(state.window.mark() - OVERLAP_MS), true);
            }
        }
        apply(state, page(state.window.mark() - OVERLAP_MS), true);
        for (ChatMessage message : service.values()) {
            assertThat(client).containsEntry(message.arrivedAt(), form(message));
        }
        VersionWindow packed = new VersionWindow();
        packed.unpack(state.window.pack());
        assertThat(packed.mark()).isEqualTo(state.window.mark());
        assertThat(packed.lowerBound()).isEqualTo(state.window.lowerBound());
        assertThat(packed.hasNewStatesFor(state.window, 0)).isFalse();
        assertThat(state.window.hasNewStatesFor(packed, 0)).isFalse();
    }

    private void begin(ThreadState state, List<ChatMessage> page) {
        state.window.reset(0);
        page.forEach(m -> state.window.put(m.arrivedAt(), m.version()));
        page.stream().findFirst().ifPresent(m -> state.window.raiseMark(m.version()));
        state.polled = true;
        page.forEach(m -> client.put(m.arrivedAt(), form(m)));
        page.forEach(m -> newest.put(m.arrivedAt(), m.version()));
    }

    /** @param full whether the mark moves; a stale listing does not move it */
    private void apply(ThreadState state, List<ChatMessage> page, boolean full) {
        List<Item> items = new ArrayList<>();
        long mark = state.window.mark();
        long top = page.stream().mapToLong(ChatMessage::version).max().orElse(0);
        new ChangeEvents(state, items, clock).applyMessages(state.window.newStates(page), full ? top : mark);
        long last = 0;
        for (Item item : items) {
            ChatMessage message = message(item.event());
            assertThat(delivered.add(List.of(message.arrivedAt(), message.version())))
                    .isTrue();
            assertThat(message.version()).isGreaterThan(newest.getOrDefault(message.arrivedAt(), -1L));
            assertThat(message.version()).as("order within a listing").isGreaterThanOrEqualTo(last);
            assertThat(item.position().version()).isLessThanOrEqualTo(Math.max(mark, message.version()));
            last = message.version();
            newest.put(message.arrivedAt(), message.version());
            client.put(message.arrivedAt(), form(message));
        }
        state.window.raiseMark(full ? top : mark);
        state.prune(clock, true);
        assertThat(state.window.mark()).isEqualTo(full ? Math.max(mark, top) : mark);
    }

    private static ChatMessage message(ChatEvent event) {
        if (event instanceof ChatEvent.MessageReceived e) {
            assertThat(e.message().version()).isEqualTo(e.message().arrivedAt());
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
        List<ChatMessage> all = page(Long.MIN_VALUE);
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

    /** All states above a version, newest change first. */
    private List<ChatMessage> page(long above) {
        return service.values().stream()
                .filter(m -> m.version() > above)
                .sorted(Comparator.comparingLong(ChatMessage::version).reversed())
                .toList();
    }

    private static String form(ChatMessage message) {
        return message.version() + " " + message.text() + (message.deleted() ? " deleted" : "");
    }
}
