package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent.TypingStopped;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Watch;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.ThreadSnapshot.Typing;
import dev.chatgateway.event.ThreadUpdate;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Typing as a state that the poller keeps, in virtual time. */
class TypingStateTest {
    private final ThreadRegistryFixture poll = new ThreadRegistryFixture();

    private Watched watch(String userId, Part... include) {
        Future<Watched> watched = poll.poller.watch(new Watch(
                FakeThread.ID,
                "socket of " + userId,
                ThreadRegistryFixture.token(userId),
                EventGroup.all(),
                Set.of(include),
                null));
        poll.ticker.passUntil(20_000, watched::isComplete);
        return watched.result();
    }

    private void type(String userId) {
        poll.poller.typing(FakeThread.ID, userId, "name", Instant.ofEpochMilli(poll.ticker.now()));
    }

    private List<ThreadUpdate> stops() {
        return poll.updates.stream()
                .filter(u -> u.items().stream().anyMatch(i -> i.event() instanceof TypingStopped))
                .toList();
    }

    @Test
    void typing_ends_after_ten_seconds_of_silence() {
        watch(ALICE, Part.TYPING);
        type(BOB);
        poll.ticker.pass(8_000);
        type(BOB);
        poll.ticker.pass(9_900);
        assertThat(stops()).isEmpty();
        assertThat(watch(ALICE, Part.TYPING).snapshot().typing())
                .extracting(Typing::userId)
                .containsExactly(BOB);
        poll.ticker.pass(200);
        assertThat(stops()).hasSize(1);
        assertThat(watch(ALICE, Part.TYPING).snapshot().typing()).isEmpty();
        poll.ticker.pass(30_000);
        assertThat(stops()).hasSize(1);
    }

    @Test
    void stops_are_published_at_most_once_a_second() {
        for (int i = 0; i < 10; i++) {
            poll.thread.join("8:acs:guest" + i, 0);
        }
        watch(ALICE, Part.TYPING);
        for (int i = 0; i < 10; i++) {
            type("8:acs:guest" + i);
            poll.ticker.pass(300);
        }
        poll.ticker.pass(30_000);
        List<ThreadUpdate> stops = stops();
        assertThat(stops.stream().mapToInt(u -> u.items().size()).sum()).isEqualTo(10);
        for (int i = 1; i < stops.size(); i++) {
            assertThat(stops.get(i).seenAtMs() - stops.get(i - 1).seenAtMs()).isGreaterThanOrEqualTo(1_000);
        }
    }

    @Test
    void nothing_is_published_unless_somebody_includes_typing() {
        watch(ALICE);
        type(BOB);
        poll.ticker.pass(30_000);
        assertThat(stops()).isEmpty();
    }

    @Test
    void message_of_before_the_notification_ends_nothing() {
        watch(ALICE, Part.TYPING);
        poll.thread.send(BOB, "before");
        poll.ticker.pass(1_500);
        poll.updates.clear();
        type(BOB);
        poll.ticker.pass(5_000);
        assertThat(stops()).isEmpty();
        poll.thread.send(BOB, "after");
        poll.ticker.pass(1_500);
        assertThat(stops()).hasSize(1);
    }
}
