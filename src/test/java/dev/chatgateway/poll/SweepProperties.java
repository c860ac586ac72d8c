package dev.chatgateway.poll;

import static dev.chatgateway.poll.PollerFixture.ALICE;
import static dev.chatgateway.poll.PollerFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Random edits and deletes anywhere in a long history, while messages come, pages are stale and calls fail: within one
 * cycle of the sweep all are told that the horizon promises, each state once, versions rising, and nothing from long
 * before the watch.
 */
class SweepProperties {
    @FuzzTest(maxDuration = "20s")
    void old_changes_are_found_within_a_cycle_and_told_once(FuzzedDataProvider input) {
        Dice data = new Dice(input.consumeLong());
        PollerFixture poll = new PollerFixture(PollerFixture.config(5_000, 40, 10, data.coin()));
        FakeThread thread = poll.thread;
        VirtualTicker ticker = poll.ticker;
        for (int i = data.between(1, 900); i > 0; i--) {
            thread.send(BOB, "m");
            ticker.pass(data.between(1, 50));
        }
        change(data, thread, data.between(0, 60));
        ticker.pass(61_000);
        Map<Long, Long> before = states(thread);
        poll.watch(ALICE);
        for (int step = data.between(0, 40); step > 0; step--) {
            switch (data.between(0, 5)) {
                case 0 -> {
                    for (int i = data.between(1, 60); i > 0; i--) {
                        thread.send(BOB, "m");
                    }
                }
                case 1 -> change(data, thread, data.between(1, 20));
                case 2 -> thread.behindMs = data.between(0, 3_000);
                case 3 -> {
                    int rate = data.between(0, 2);
                    thread.fault = call -> rate > 0 && data.between(0, 3) < rate ? FakeThread.down() : null;
                }
                default -> ticker.pass(data.between(0, 90_000));
            }
        }
        thread.fault = call -> null;
        thread.behindMs = 0;
        ticker.pass(12 * 33_000);
        long promised = poll.watch(BOB).horizonStalenessMs();
        ticker.pass(promised + 30_000);
        long horizon = poll.watch(BOB).horizon().toEpochMilli();
        check(poll, thread, before, horizon);
        poll.poller.close();
    }

    private static void check(PollerFixture poll, FakeThread thread, Map<Long, Long> before, long horizon) {
        Map<Long, Long> told = new HashMap<>();
        Set<List<Long>> once = new HashSet<>();
        for (ChatEvent event : poll.events()) {
            ChatMessage message = ResumeProperties.message(event).orElse(null);
            if (message != null) {
                long id = message.arrivedAt();
                assertThat(once.add(List.of(id, message.version())))
                        .as("told once")
                        .isTrue();
                assertThat(message.version()).as("versions rise").isGreaterThan(told.getOrDefault(id, -1L));
                assertThat(message.version()).as("no news").isNotEqualTo(before.getOrDefault(id, -1L));
                told.put(id, message.version());
            }
        }
        for (ChatMessage message : thread.messages.values()) {
            long known = told.getOrDefault(message.arrivedAt(), before.getOrDefault(message.arrivedAt(), -1L));
            if (message.arrivedAt() >= horizon && !message.type().system()) {
                assertThat(known).as("told what is").isEqualTo(message.version());
            }
        }
    }

    private static Map<Long, Long> states(FakeThread thread) {
        Map<Long, Long> states = new HashMap<>();
        thread.messages.forEach((id, m) -> states.put(id, m.version()));
        return states;
    }

    private static void change(Dice data, FakeThread thread, int times) {
        List<ChatMessage> texts = new ArrayList<>(thread.messages.values());
        texts.removeIf(m -> m.type().system() || m.deleted());
        for (int i = 0; i < times && !texts.isEmpty(); i++) {
            ChatMessage message = texts.get(data.between(0, texts.size() - 1));
            if (!thread.messages.get(message.arrivedAt()).deleted()) {
                if (data.between(0, 2) == 0) {
                    thread.delete(message);
                } else {
                    thread.edit(message, "e");
                }
            }
        }
    }
}
