package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static dev.chatgateway.poll.ThreadRegistryFixture.CAROL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatEvent.MessageDeleted;
import dev.chatgateway.event.ChatEvent.MessageEdited;
import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatEvent.ParticipantsAdded;
import dev.chatgateway.event.ChatEvent.ParticipantsRemoved;
import dev.chatgateway.event.ChatEvent.PropertiesUpdated;
import dev.chatgateway.event.ChatEvent.ReceiptMoved;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Subscriptions that begin at a time, on a node that knows the thread and on a new one, in virtual time. */
class StartAtTimeTest {
    private static final String DAVE = "8:acs:dave";

    private final ThreadRegistryFixture poll = new ThreadRegistryFixture();
    private final FakeThread thread = poll.thread;
    private final VirtualScheduler ticker = poll.ticker;

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void start_gets_exactly_what_happened_after_its_time(boolean known) {
        ChatMessage old = thread.send(BOB, "old");
        ChatMessage read = thread.send(BOB, "read before");
        thread.join(DAVE, 0);
        thread.read(BOB, read);
        ticker.pass(1_000);
        watchIf(known);
        thread.send(BOB, "before");
        thread.rename("Before");
        ticker.pass(1_000);
        long start = ticker.now();
        ticker.pass(10);
        ChatMessage edited = thread.edit(old, "edited");
        ChatMessage sent = thread.send(BOB, "after");
        thread.add(CAROL, 0);
        thread.remove(CAROL);
        thread.rename("Coffee");
        thread.rename("Cocoa");
        thread.read(DAVE, sent);
        ticker.pass(10_000);
        thread.calls.clear();

        Watched watched = start(ALICE, start);
        assertThat(thread.count("messages")).isEqualTo(known ? 0 : 1);
        assertThat(watched.catchUp().resync()).isNull();
        List<ChatEvent> events = events(watched);
        assertThat(events)
                .extracting(ChatEvent::getClass)
                .isEqualTo(List.of(
                        MessageEdited.class,
                        MessageReceived.class,
                        ParticipantsAdded.class,
                        ParticipantsRemoved.class,
                        PropertiesUpdated.class,
                        ReceiptMoved.class));
        assertThat(events).contains(new MessageEdited(FakeThread.ID, edited), new MessageReceived(FakeThread.ID, sent));
        assertThat(((PropertiesUpdated) events.get(4)).properties().topic()).isEqualTo("Cocoa");
        assertThat(((ReceiptMoved) events.get(5)).receipt().readerId()).isEqualTo(DAVE);
        List<Item> items = watched.catchUp().items();
        assertThat(items.get(5).position()).isEqualTo(watched.position());
        assertThat(events(start(ALICE, watched.position()))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void interrupted_replay_continues_without_loss(boolean known) {
        watchIf(known);
        ticker.pass(1_000);
        long start = ticker.now();
        ticker.pass(10);
        thread.send(BOB, "one");
        thread.rename("Coffee");
        ChatMessage two = thread.send(BOB, "two");
        thread.read(BOB, two);
        ticker.pass(10_000);
        List<Item> items = start(ALICE, start).catchUp().items();
        assertThat(items).hasSize(4);
        for (int i = 0; i < items.size(); i++) {
            List<ChatEvent> rest = events(start(ALICE, items.get(i).position()));
            assertThat(rest)
                    .as("after event %d", i)
                    .containsExactlyElementsOf(items.subList(i + 1, items.size()).stream()
                            .map(Item::event)
                            .toList());
        }
    }

    @Test
    void start_at_a_quiet_thread_with_a_fresh_roster_makes_no_call() {
        poll.watch(BOB);
        ticker.pass(5_000);
        thread.calls.clear();
        Watched watched = poll.resume(ALICE, Position.atTime(ticker.now())).result();
        assertThat(watched.catchUp().items()).isEmpty();
        assertThat(thread.calls).isEmpty();
        ChatMessage sent = thread.send(BOB, "sent");
        ticker.pass(5_000);
        assertThat(poll.events()).contains(new MessageReceived(FakeThread.ID, sent));
    }

    @Test
    void changed_metadata_is_no_event_of_a_start() {
        long start = ticker.now();
        thread.metadata = Map.of("colour", "green");
        ticker.pass(100);
        assertThat(events(start(ALICE, start))).isEmpty();
    }

    @Test
    void topic_of_a_new_thread_is_no_event_of_a_start() {
        long start = ticker.now();
        ticker.pass(100);
        thread.createdOn = Instant.ofEpochMilli(ticker.now());
        thread.add(BOB, 0);
        thread.rename("Tea");
        ticker.pass(2_000);
        assertThat(events(start(ALICE, start)))
                .extracting(ChatEvent::getClass)
                .isEqualTo(List.of(ParticipantsAdded.class));
        ticker.pass(100);
        thread.rename("Coffee");
        ticker.pass(10_000);
        assertThat(events(start(ALICE, start)))
                .extracting(ChatEvent::getClass)
                .isEqualTo(List.of(ParticipantsAdded.class, PropertiesUpdated.class));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void user_who_joined_after_the_start_gets_what_followed(boolean known) {
        watchIf(known);
        ticker.pass(1_000);
        long start = ticker.now();
        ticker.pass(10);
        ChatMessage hidden = thread.send(BOB, "before the join");
        thread.read(BOB, hidden);
        ticker.pass(10);
        thread.add(CAROL, 0);
        ticker.pass(10);
        ChatMessage sent = thread.send(BOB, "after the join");
        thread.delete(thread.send(BOB, "deleted"));
        ticker.pass(10_000);
        Watched watched = start(CAROL, start);
        assertThat(watched.catchUp().resync()).isNull();
        assertThat(events(watched))
                .extracting(ChatEvent::getClass)
                .isEqualTo(List.of(MessageReceived.class, MessageDeleted.class));
        assertThat(events(watched)).contains(new MessageReceived(FakeThread.ID, sent));
        assertThat(watched.catchUp().items().get(1).position()).isEqualTo(watched.position());
    }

    @Test
    void user_who_joined_last_gets_nothing() {
        long start = ticker.now();
        ticker.pass(10);
        thread.send(BOB, "before the join");
        thread.add(CAROL, 0);
        ticker.pass(100);
        assertThat(events(start(CAROL, start))).isEmpty();
    }

    @Test
    void user_removed_and_added_after_the_start_gets_a_resync() {
        poll.watch(BOB);
        long start = ticker.now();
        ticker.pass(10);
        thread.add(ALICE, 0);
        thread.remove(ALICE);
        ticker.pass(10_000);
        thread.join(ALICE, ticker.now());
        assertThat(start(ALICE, start).catchUp())
                .isEqualTo(CatchUp.impossible(new Resync(ResyncReason.MEMBERSHIP_CHANGED, Cause.MEMBERSHIP)));
    }

    @Test
    void first_receipt_listing_publishes_those_since_the_start() {
        ChatMessage one = thread.send(BOB, "one");
        thread.join(DAVE, 0);
        thread.read(BOB, one);
        ticker.pass(120_000);
        long start = ticker.now();
        ticker.pass(10);
        thread.read(DAVE, one);
        ticker.pass(100_000);
        thread.fault = call -> call.operation().equals("receipts") ? FakeThread.down() : null;
        assertThat(events(start(ALICE, start))).isEmpty();
        thread.fault = call -> null;
        ticker.pass(30_000);
        assertThat(poll.events())
                .extracting(event -> ((ReceiptMoved) event).receipt())
                .extracting(ReadReceipt::readerId)
                .containsExactly(DAVE);
    }

    /** Regression: the service reports the time of a receipt in whole seconds. */
    @Test
    void receipt_of_the_second_of_the_start_is_shown() {
        ChatMessage sent = thread.send(BOB, "sent");
        ticker.pass(10_500);
        long start = ticker.now();
        ticker.pass(100);
        ReadReceipt receipt = new ReadReceipt(BOB, sent.id(), Instant.ofEpochMilli(start / 1000 * 1000));
        thread.receipts.put(BOB, receipt);
        assertThat(events(start(ALICE, start))).containsExactly(new ReceiptMoved(FakeThread.ID, receipt));
    }

    @Test
    void start_too_far_back_is_a_resync() {
        poll.watch(BOB);
        long start = ticker.now();
        ticker.pass(10);
        for (int i = 0; i < 3_000; i++) {
            thread.send(BOB, "m" + i);
        }
        ticker.pass(5_000);
        assertThat(start(ALICE, start).catchUp())
                .isEqualTo(CatchUp.impossible(new Resync(ResyncReason.CURSOR_TOO_OLD, Cause.RESUME_PAGES)));
    }

    private void watchIf(boolean known) {
        if (known) {
            Future<Watched> watched = poll.resume(BOB, Position.atTime(ticker.now()));
            ticker.passUntil(20_000, watched::isComplete);
            ticker.pass(5_000);
        }
    }

    private Watched start(String userId, long time) {
        return start(userId, Position.atTime(time));
    }

    private Watched start(String userId, Position position) {
        Future<Watched> watched = poll.resume(userId, position);
        ticker.passUntil(20_000, watched::isComplete);
        assertThat(watched.cause()).isNull();
        return watched.result();
    }

    private static List<ChatEvent> events(Watched watched) {
        return watched.catchUp().items().stream().map(Item::event).toList();
    }
}
