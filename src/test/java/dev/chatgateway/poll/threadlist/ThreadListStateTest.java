package dev.chatgateway.poll.threadlist;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.poll.source.ThreadListing.Item;
import dev.chatgateway.poll.threadlist.ThreadListState.Changes;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The comparison of thread lists, with the service's whole seconds and different clocks. */
class ThreadListStateTest {
    /** The service's clock. */
    private static final long SERVICE = 1_700_000_000_000L;
    /** This node's clock, an hour ahead. */
    private static final long NODE = SERVICE + 3_600_000;

    private static final int EVERY_MS = 5_000;

    private final ThreadListState state = new ThreadListState();
    private int listings;

    @Test
    void second_message_in_one_second_shows_with_a_fast_clock() {
        list(item("a", SERVICE - 30_000), item("b", SERVICE - 60_000));
        list(item("a", SERVICE), item("b", SERVICE - 60_000));
        Changes changes = list(item("a", SERVICE), item("b", SERVICE - 60_000));
        assertThat(changes.toPoll()).containsExactly("a");
        assertThat(changes.updated()).containsExactly(item("a", SERVICE));
    }

    @Test
    void newest_threads_of_the_first_listing_are_not_polled() {
        list(item("a", SERVICE), item("b", SERVICE - 60_000));
        Changes changes = list(item("a", SERVICE), item("b", SERVICE - 60_000));
        assertThat(changes.updated()).containsExactly(item("a", SERVICE));
        assertThat(changes.toPoll()).isEmpty();
    }

    @Test
    void unreadable_time_polls_with_each_listing() {
        list(item("a", SERVICE - 30_000), item("b", -1));
        for (int i = 0; i < 10; i++) {
            Changes changes = list(item("a", SERVICE - 30_000), item("b", -1));
            assertThat(changes.toPoll()).contains("b");
            assertThat(changes.updated()).extracting(Item::threadId).doesNotContain("b");
            assertThat(changes.removed()).isEmpty();
        }
    }

    @Test
    void unchanged_time_polls_only_during_the_overlap() {
        list(item("a", SERVICE - 30_000));
        assertThat(list(item("a", SERVICE)).toPoll()).contains("a");
        assertThat(list(item("a", SERVICE)).toPoll()).contains("a");
        assertThat(list(item("a", SERVICE)).toPoll()).contains("a");
        for (int i = 0; i < 5; i++) {
            assertThat(list(item("a", SERVICE)).toPoll()).isEmpty();
        }
    }

    @Test
    void time_one_overlap_below_the_newest_may_hide_a_message() {
        long border = SERVICE - ThreadListState.OVERLAP_MS;
        list(item("a", SERVICE), item("border", border), item("old", border - 1));
        Changes changes = list(item("a", SERVICE), item("border", border), item("old", border - 1));
        assertThat(changes.updated()).extracting(Item::threadId).containsExactly("border", "a");
    }

    @Test
    void changed_time_updates_a_thread_in_any_list_order() {
        list(item("a", SERVICE), item("b", SERVICE - 60_000));
        Changes changes = list(item("b", SERVICE - 30_000), item("a", SERVICE));
        assertThat(changes.toPoll()).contains("b");
    }

    @Test
    void thread_without_a_time_is_new() {
        list(item("a", SERVICE));
        Changes changes = list(item("new", 0), item("a", SERVICE));
        assertThat(changes.added()).containsExactly(item("new", SERVICE));
        assertThat(state.position().time()).isEqualTo(SERVICE);
        assertThat(state.inboxEntries()).allMatch(entry -> entry.movedAt() == SERVICE);

        changes = list(item("new", SERVICE + 1_000), item("a", SERVICE));
        assertThat(changes.toPoll()).contains("new");
    }

    @Test
    void poll_before_the_last_change_is_not_covered() {
        list(item("a", SERVICE));
        list(item("a", SERVICE + 7_000));
        long ended = NODE + (listings - 1) * EVERY_MS + 20;
        assertThat(state.covers("a", ended - 1)).isFalse();
        assertThat(state.covers("a", ended)).isTrue();
    }

    private Changes list(Item... items) {
        long startedAt = NODE + listings++ * (long) EVERY_MS;
        return state.apply(new ListReader.Result(List.of(items), true), startedAt, startedAt + 20);
    }

    private static Item item(String threadId, long lastMessageAt) {
        return new Item(threadId, lastMessageAt, false);
    }
}
