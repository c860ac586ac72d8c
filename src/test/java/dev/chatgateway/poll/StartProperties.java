package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static dev.chatgateway.poll.ThreadRegistryFixture.CAROL;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.ParticipantsAdded;
import dev.chatgateway.event.ChatEvent.ParticipantsRemoved;
import dev.chatgateway.event.ChatEvent.PropertiesUpdated;
import dev.chatgateway.event.ChatEvent.ReceiptMoved;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate;
import dev.chatgateway.event.ThreadUpdate.Item;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A subscription begins at a random time, on a node that polls the thread or on a new one, and may be interrupted
 * within its replay. The replay and the updates after it are compared with what the service has recorded since that
 * time: every change is shown, and the replay shows no change from before.
 */
class StartProperties {
    private static final int OVERLAP_MS = 5_000;

    @FuzzTest(maxDuration = "4s")
    void start_shows_exactly_the_changes_since_its_time(FuzzedDataProvider input) {
        run(new Dice(input.consumeLong()));
    }

    static void run(Dice data) {
        GatewayConfig.Poll config = ThreadRegistryFixture.config(OVERLAP_MS, 10, data.coin());
        VirtualScheduler ticker = new VirtualScheduler(1_800_000_000_123L);
        FakeThread thread = new FakeThread(ticker);
        ThreadRegistryFixture node = new ThreadRegistryFixture(config, ticker, thread);
        for (int i = data.between(0, 60); i > 0; i--) {
            thread.send(BOB, "old" + i);
        }
        ticker.pass(100);
        if (data.coin()) {
            node.watch(BOB);
        }
        changeAtRandom(data, thread, ticker, 12);
        ticker.pass(1);
        long time = ticker.now();
        ticker.pass(1);
        changeAtRandom(data, thread, ticker, 12);
        thread.behindMs = 0;

        ThreadRegistryFixture next = node;
        if (data.coin()) {
            node.poller.close();
            next = new ThreadRegistryFixture(config, ticker, thread);
        }
        List<ChatEvent> shown = new ArrayList<>();
        Watched watched = subscribe(next, Position.atTime(time));
        assertOnlySince(watched.catchUp(), time);
        boolean interrupted = !watched.catchUp().items().isEmpty() && data.coin();
        if (interrupted) {
            List<Item> items = watched.catchUp().items();
            int stop = data.between(1, items.size());
            items.subList(0, stop).forEach(item -> shown.add(item.event()));
            Position reached = items.get(stop - 1).position();
            changeAtRandom(data, thread, ticker, 3);
            thread.behindMs = 0;
            watched = subscribe(next, reached);
            if (reached.metadata() instanceof Position.Since) {
                assertOnlySince(watched.catchUp(), time);
            }
        }
        CatchUp catchUp = watched.catchUp();
        if (catchUp.resync() != null) {
            return;
        }
        catchUp.items().forEach(item -> shown.add(item.event()));
        long revision = watched.revision();
        ticker.pass(130_000);
        next.updates.stream()
                .filter(u -> u.revision() > revision)
                .map(ThreadUpdate::items)
                .forEach(items -> items.forEach(item -> shown.add(item.event())));
        next.poller.close();
        compare(thread, time, shown);
    }

    private static Watched subscribe(ThreadRegistryFixture node, Position position) {
        Future<Watched> watched = node.resume(ALICE, position);
        node.ticker.passUntil(20_000, watched::isComplete);
        return watched.result();
    }

    private static void assertOnlySince(CatchUp catchUp, long time) {
        catchUp.items().forEach(item -> assertThat(happenedAt(item.event()))
                .as("replay of %s", item.event())
                .isGreaterThan(time));
    }

    /** When the change of a replayed event happened at the latest: a receipt without milliseconds is of that second. */
    private static long happenedAt(ChatEvent event) {
        if (event instanceof ReceiptMoved moved) {
            long millis = moved.receipt().readOn().toEpochMilli();
            return millis % 1000 == 0 ? millis + 999 : millis;
        }
        return event.messageState().map(ChatMessage::version).orElse(event.historyVersion());
    }

    /** Every change after the time must be shown. */
    private static void compare(FakeThread thread, long time, List<ChatEvent> shown) {
        Map<Long, Long> client = new HashMap<>();
        Set<Long> membership = new HashSet<>();
        List<ReadReceipt> receipts = new ArrayList<>();
        String topic = null;
        for (ChatEvent event : shown) {
            event.messageState().ifPresent(m -> client.merge(m.arrivedAt(), m.version(), Math::max));
            if (event instanceof ParticipantsAdded || event instanceof ParticipantsRemoved) {
                membership.add(event.historyVersion());
            } else if (event instanceof PropertiesUpdated updated) {
                topic = updated.properties().topic();
            } else if (event instanceof ReceiptMoved moved) {
                receipts.add(moved.receipt());
            }
        }
        boolean renamed = false;
        for (ChatMessage message : thread.messages.values()) {
            if (message.version() > time && !message.type().system()) {
                assertThat(client).containsEntry(message.arrivedAt(), message.version());
            } else if (message.version() > time && message.type().membership()) {
                assertThat(membership).contains(message.version());
            } else if (message.type() == MessageType.TOPIC_UPDATED) {
                renamed |= message.version() > time;
            }
        }
        if (renamed) {
            assertThat(topic).isEqualTo(thread.topic);
        }
        assertThat(receipts)
                .containsAll(thread.receipts.values().stream()
                        .filter(r -> r.readOn().toEpochMilli() > time)
                        .toList());
    }

    private static void changeAtRandom(Dice data, FakeThread thread, VirtualScheduler ticker, int most) {
        for (int step = data.between(0, most); step > 0; step--) {
            List<ChatMessage> texts = new ArrayList<>(thread.messages.values());
            texts.removeIf(m -> m.type().system() || m.deleted());
            ChatMessage text = texts.isEmpty() ? null : texts.get(data.between(0, texts.size() - 1));
            switch (data.between(0, 8)) {
                case 0, 1 -> thread.send(BOB, "m");
                case 2 -> thread.rename("topic " + ticker.now() + " " + step);
                case 3 -> {
                    if (text != null) {
                        thread.edit(text, "e");
                    }
                }
                case 4 -> {
                    if (text != null) {
                        thread.delete(text);
                    }
                }
                case 5 -> {
                    if (text != null) {
                        thread.read(data.coin() ? BOB : ALICE, text);
                    }
                }
                case 6 -> {
                    if (thread.members.containsKey(CAROL)) {
                        thread.remove(CAROL);
                    } else {
                        thread.add(CAROL, 0);
                    }
                }
                case 7 -> thread.behindMs = data.between(0, 3_000);
                default -> ticker.pass(data.between(0, 40_000));
            }
        }
        ticker.pass(data.between(0, 3_000));
    }
}
