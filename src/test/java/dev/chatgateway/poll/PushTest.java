package dev.chatgateway.poll;

import static dev.chatgateway.poll.ThreadRegistryFixture.ALICE;
import static dev.chatgateway.poll.ThreadRegistryFixture.BOB;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.ChatEvent.MessageReceived;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadUpdate.Notice;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Polls become rare while pushes are right, and frequent again when one was wrong. */
class PushTest {
    private final ThreadRegistryFixture poll = new ThreadRegistryFixture();

    @BeforeEach
    void pushes_agree_with_polls() {
        poll.watch(ALICE);
        for (int i = 0; i < 3; i++) {
            push(poll.thread.send(BOB, "m" + i));
            poll.ticker.pass(2_000);
        }
    }

    private void push(ChatMessage message) {
        poll.poller.pushed(
                new Poke(FakeThread.ID, message.id(), message.version(), false, Set.of(EventGroup.MESSAGES)));
    }

    private long listingsIn(long ms) {
        long before = poll.thread.count("messages");
        poll.ticker.pass(ms);
        return poll.thread.count("messages") - before;
    }

    private List<Freshness.Source> told() {
        return poll.notices().stream()
                .filter(Notice.FreshnessChanged.class::isInstance)
                .map(n -> ((Notice.FreshnessChanged) n).freshness().source())
                .toList();
    }

    @Test
    void trusted_pushes_slow_polls_down() {
        assertThat(listingsIn(300_000)).isBetween(3L, 8L);
        assertThat(told()).containsExactly(Freshness.Source.PUSH);
    }

    @Test
    void message_without_a_push_ends_the_trust() {
        poll.ticker.pass(30_000);
        ChatMessage sent = poll.thread.send(BOB, "unannounced");

        poll.ticker.pass(76_000);

        assertThat(poll.events()).contains(new MessageReceived(FakeThread.ID, sent));
        assertThat(listingsIn(30_000)).isGreaterThan(15);
        assertThat(told()).containsExactly(Freshness.Source.PUSH, Freshness.Source.POLL);
    }

    @Test
    void push_after_the_poll_is_no_disagreement() {
        ChatMessage sent = poll.thread.send(BOB, "through the gateway");
        poll.poke(sent, EventGroup.MESSAGES);
        poll.ticker.pass(3_000);
        push(sent);
        poll.ticker.pass(20_000);
        assertThat(listingsIn(300_000)).isBetween(3L, 8L);
    }
}
