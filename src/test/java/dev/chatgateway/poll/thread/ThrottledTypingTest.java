package dev.chatgateway.poll.thread;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.event.Participant;
import dev.chatgateway.event.Roster;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ThrottledTypingTest {
    private final Roster roster = new Roster(
            Map.of("alice", new Participant("alice", null, Instant.EPOCH, Map.of())), Instant.ofEpochMilli(100_000));
    private final ThrottledTyping typing = new ThrottledTyping();

    @Test
    void only_members_of_a_fresh_roster_are_shown() {
        assertThat(typing.show("mallory", roster, 100_000)).isFalse();
        assertThat(typing.show("alice", roster, 130_000)).isFalse();
        assertThat(typing.show("alice", roster, 129_999)).isTrue();
    }

    @Test
    void sender_is_shown_at_most_once_in_five_seconds() {
        assertThat(typing.show("alice", roster, 100_000)).isTrue();
        assertThat(typing.show("alice", roster, 104_999)).isFalse();
        assertThat(typing.show("alice", roster, 105_000)).isTrue();
    }
}
