package dev.chatgateway.poll.threadlist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.poll.source.ThreadListing.Item;
import dev.chatgateway.poll.threadlist.ThreadListState.Changes;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What readings of a list of threads show, with the service's whole seconds and a clock of its own. */
class ThreadListStateTest {
    /** The service's clock. */
    private static final long SERVICE = 1_700_000_000_000L;
    /** This node's clock, an hour ahead. */
    private static final long NODE = SERVICE + 3_600_000;

    private static final int EVERY_MS = 5_000;

    private final ThreadListState state = new ThreadListState();
    private int readings;

    @Test
    void second_message_in_a_second_shows_though_the_clock_is_ahead() {
        read(item("a", SERVICE - 30_000), item("b", SERVICE - 60_000));
        read(item("a", SERVICE), item("b", SERVICE - 60_000));
        Changes changes = read(item("a", SERVICE), item("b", SERVICE - 60_000));
        assertThat(changes.toPoll()).containsExactly("a");
        assertThat(changes.updated()).containsExactly(item("a", SERVICE));
    }

    @Test
    void newest_threads_of_the_first_reading_move_but_are_not_stirred() {
        read(item("a", SERVICE), item("b", SERVICE - 60_000));
        Changes changes = read(item("a", SERVICE), item("b", SERVICE - 60_000));
        assertThat(changes.updated()).containsExactly(item("a", SERVICE));
        assertThat(changes.toPoll()).isEmpty();
    }

    @Test
    void unreadable_time_stirs_with_each_reading_and_moves_nothing() {
        read(item("a", SERVICE - 30_000), item("b", -1));
        for (int i = 0; i < 10; i++) {
            Changes changes = read(item("a", SERVICE - 30_000), item("b", -1));
            assertThat(changes.toPoll()).contains("b");
            assertThat(changes.updated()).extracting(Item::threadId).doesNotContain("b");
            assertThat(changes.removed()).isEmpty();
        }
    }

    @Test
    void an_unchanged_time_stirs_only_during_the_overlap() {
        read(item("a", SERVICE - 30_000));
        assertThat(read(item("a", SERVICE)).toPoll()).contains("a");
        assertThat(read(item("a", SERVICE)).toPoll()).contains("a");
        assertThat(read(item("a", SERVICE)).toPoll()).contains("a");
        for (int i = 0; i < 5; i++) {
            assertThat(read(item("a", SERVICE)).toPoll()).isEmpty();
        }
    }

    @Test
    void a_time_exactly_the_overlap_below_the_newest_may_hide_a_message() {
        long edge = SERVICE - ThreadListState.OVERLAP_MS;
        read(item("a", SERVICE), item("edge", edge), item("old", edge - 1));
        Changes changes = read(item("a", SERVICE), item("edge", edge), item("old", edge - 1));
        assertThat(changes.updated()).extracting(Item::threadId).containsExactly("edge", "a");
    }

    @Test
    void a_changed_time_moves_a_thread_whatever_its_order() {
        read(item("a", SERVICE), item("b", SERVICE - 60_000));
        Changes changes = read(item("b", SERVICE - 30_000), item("a", SERVICE));
        assertThat(changes.toPoll()).contains("b");
    }

    @Test
    void a_thread_without_a_time_has_just_been_made() {
        read(item("a", SERVICE));
        Changes changes = read(item("new", 0), item("a", SERVICE));
        assertThat(changes.added()).containsExactly(item("new", SERVICE));
        assertThat(state.position().time()).isEqualTo(SERVICE);
        assertThat(state.inboxEntries()).allMatch(entry -> entry.movedAt() == SERVICE);

        changes = read(item("new", SERVICE + 1_000), item("a", SERVICE));
        assertThat(changes.toPoll()).contains("new");
    }

    @Test
    void a_listing_before_the_last_movement_is_not_covered() {
        read(item("a", SERVICE));
        read(item("a", SERVICE + 7_000));
        long ended = NODE + (readings - 1) * EVERY_MS + 20;
        assertThat(state.covers("a", ended - 1)).isFalse();
        assertThat(state.covers("a", ended)).isTrue();
    }

    private Changes read(Item... items) {
        long startedAt = NODE + readings++ * (long) EVERY_MS;
        return state.apply(new ListReader.Result(List.of(items), true), startedAt, startedAt + 20);
    }

    private static Item item(String threadId, long movedAt) {
        return new Item(threadId, movedAt, false);
    }
}
