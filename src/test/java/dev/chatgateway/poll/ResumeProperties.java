package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.Item;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A client disconnects at a random event and resumes, on the same node or on a new one: its state and the catch-up
 * together equal the service's state, or it gets a resync. With random messages, edits, deletions, topics and late
 * listings.
 */
class ResumeProperties {
    private static final int OVERLAP_MS = 5_000;

    @FuzzTest(maxDuration = "4s")
    void state_and_catch_up_equal_the_state_of_the_service(FuzzedDataProvider input) {
        Dice data = new Dice(input.consumeLong());
        GatewayConfig.Poll config = ThreadRegistryFixture.config(OVERLAP_MS, 10, data.coin());
        VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
        FakeThread thread = new FakeThread(ticker);
        ThreadRegistryFixture node = new ThreadRegistryFixture(config, ticker, thread);
        for (int i = data.between(0, 300); i > 0; i--) {
            thread.send(BOB, "old" + i);
        }
        ticker.pass(100);
        Watched begun = node.watch(ALICE);
        Map<Long, Long> client = new HashMap<>();
        thread.messages.values().forEach(m -> client.put(m.arrivedAt(), m.version()));
        changeAtRandom(data, thread, ticker, 20);

        List<Item> items = node.updates.stream()
                .map(ThreadUpdate::items)
                .flatMap(List::stream)
                .toList();
        int stop = items.isEmpty() ? 0 : data.between(0, items.size());
        Position position = stop == 0 ? begun.position() : items.get(stop - 1).position();
        items.subList(0, stop).forEach(item -> apply(client, item));
        thread.behindMs = 0;
        changeAtRandom(data, thread, ticker, 10);
        thread.behindMs = 0;

        ThreadRegistryFixture next = node;
        if (data.coin()) {
            node.poller.close();
            next = new ThreadRegistryFixture(config, ticker, thread);
        }
        int known = next.updates.size();
        Future<Watched> watched = next.resume(ALICE, position);
        ticker.passUntil(20_000, watched::isComplete);
        if (watched.result().catchUp().resync() != null) {
            return;
        }
        for (Item item : watched.result().catchUp().items()) {
            Optional<ChatMessage> message = message(item);
            message.filter(m -> !mayRepeat(position, m)).ifPresent(m -> assertThat(m.version())
                    .as("a state is not shown twice")
                    .isGreaterThan(client.getOrDefault(m.arrivedAt(), -1L)));
            apply(client, item);
        }
        ticker.pass(130_000);
        long answered = watched.result().revision();
        next.updates.subList(Math.min(known, next.updates.size()), next.updates.size()).stream()
                .filter(u -> u.revision() > answered)
                .forEach(u -> u.items().forEach(item -> apply(client, item)));
        for (ChatMessage message : thread.messages.values()) {
            if (!message.type().system()) {
                assertThat(client).containsEntry(message.arrivedAt(), message.version());
            }
        }
        next.poller.close();
    }

    /** A cursor keeps only a sum of many states in the overlap. If it does not match, the states are repeated. */
    private static boolean mayRepeat(Position position, ChatMessage message) {
        return !position.recent().named() && message.version() > position.version() - OVERLAP_MS;
    }

    private static void changeAtRandom(Dice data, FakeThread thread, VirtualScheduler ticker, int most) {
        for (int step = data.between(0, most); step > 0; step--) {
            List<ChatMessage> texts = new ArrayList<>(thread.messages.values());
            texts.removeIf(m -> m.type().system() || m.deleted());
            switch (data.between(0, 6)) {
                case 0, 1 -> thread.send(BOB, "m");
                case 2 -> {
                    if (!texts.isEmpty()) {
                        thread.edit(texts.get(data.between(0, texts.size() - 1)), "e");
                    }
                }
                case 3 -> {
                    if (!texts.isEmpty()) {
                        thread.delete(texts.get(data.between(0, texts.size() - 1)));
                    }
                }
                case 4 -> thread.rename("topic " + step);
                case 5 -> thread.behindMs = data.between(0, 3_000);
                default -> ticker.pass(data.between(0, 40_000));
            }
        }
        ticker.pass(data.between(0, 3_000));
    }

    private static void apply(Map<Long, Long> client, Item item) {
        message(item).ifPresent(m -> client.merge(m.arrivedAt(), m.version(), Math::max));
    }

    private static Optional<ChatMessage> message(Item item) {
        return message(item.event());
    }

    static Optional<ChatMessage> message(ChatEvent event) {
        if (event instanceof ChatEvent.MessageReceived e) {
            return Optional.of(e.message());
        } else if (event instanceof ChatEvent.MessageEdited e) {
            return Optional.of(e.message());
        }
        return event instanceof ChatEvent.MessageDeleted e ? Optional.of(e.message()) : Optional.empty();
    }
}
