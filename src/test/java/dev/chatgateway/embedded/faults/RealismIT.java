package dev.chatgateway.embedded.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.chatgateway.embedded.MutableClock;
import dev.chatgateway.embedded.TestService;
import dev.chatgateway.embedded.TestService.Answer;
import dev.chatgateway.embedded.TestService.User;
import dev.chatgateway.embedded.request.Operation;
import dev.chatgateway.embedded.request.Timestamps;
import dev.chatgateway.embedded.store.Rows;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The effects of embedded.realism. */
class RealismIT {
    /** A random source that always returns the median and true. */
    private static final RandomGenerator MIDDLE = () -> Long.MIN_VALUE;

    @TempDir
    Path data;

    private static Rows.ChatThread thread(int number, long createdOn) {
        return new Rows.ChatThread("19:" + number, "t", createdOn, "8:a", null, null, 2, 2, createdOn, 0, true);
    }

    private static Realism seeded(long seed) {
        return Realism.recorded(new Random(seed));
    }

    @Test
    void without_realism_nothing_is_delayed_or_reordered() {
        Realism none = Realism.none();
        Rows.ChatThread thread = thread(1, 1_000);

        assertThat(none.serviceMs(Operation.CREATE_THREAD)).isZero();
        assertThat(none.emptyLastPage()).isFalse();
        assertThat(none.activity("t", 5)).isEqualTo(5);
        assertThat(none.lists(thread, 1_000)).isTrue();
        assertThat(none.dates(thread, 1_000)).isTrue();
        assertThat(none.pageSize(5)).isEqualTo(5);
        assertThat(none.listsLeft()).isFalse();
    }

    @Test
    void service_times_have_the_recorded_distribution() {
        Realism realism = seeded(1);
        long[] times = LongStream.range(0, 10_000)
                .map(i -> realism.serviceMs(Operation.CREATE_THREAD))
                .sorted()
                .toArray();

        assertThat(times[5_000]).isBetween(800L, 840L);
        assertThat(times[9_500]).isBetween(940L, 1_200L);
        assertThat(times[9_999]).isBetween(4_000L, 4_521L);
        assertThat(Realism.recorded(MIDDLE).serviceMs(Operation.LIST_MESSAGES)).isEqualTo(128);
        for (Operation operation : Operation.values()) {
            assertThat(realism.serviceMs(operation)).as(operation.label()).isBetween(70L, 4_521L);
        }
    }

    @Test
    void same_random_source_gives_the_same_course() {
        Realism one = seeded(7);
        Realism same = seeded(7);
        Realism other = seeded(8);

        assertThat(IntStream.range(0, 50).mapToLong(i -> one.activity("19:" + i, i)))
                .containsExactlyElementsOf(IntStream.range(0, 50)
                        .mapToLong(i -> same.activity("19:" + i, i))
                        .boxed()
                        .toList());
        assertThat(IntStream.range(0, 50).filter(i -> one.activity("19:" + i, i) != other.activity("19:" + i, i)))
                .isNotEmpty();
        assertThat(one.serviceMs(Operation.SEND_TYPING)).isEqualTo(same.serviceMs(Operation.SEND_TYPING));
    }

    @Test
    void realism_orders_threads_up_to_five_seconds_inexactly() {
        Realism realism = seeded(3);
        List<Long> late = IntStream.range(0, 3_000)
                .mapToObj(i -> realism.activity("19:" + i, 10_000) - 10_000)
                .toList();

        assertThat(late).allSatisfy(ms -> assertThat(ms).isBetween(0L, 5_000L));
        assertThat(late.stream().filter(ms -> ms > 1_000).count()).isBetween(30L, 150L);
        assertThat(realism.activity("19:1", 10_000)).isEqualTo(realism.activity("19:1", 10_000));
    }

    @Test
    void new_thread_is_listed_after_about_a_second() {
        Realism realism = seeded(5);
        List<Rows.ChatThread> threads =
                IntStream.range(0, 1_000).mapToObj(i -> thread(i, 10_000)).toList();

        assertThat(threads).noneMatch(t -> realism.lists(t, 10_600));
        assertThat(threads).anyMatch(t -> realism.lists(t, 11_000)).anyMatch(t -> !realism.lists(t, 11_000));
        assertThat(threads).allMatch(t -> realism.lists(t, 11_400));
        assertThat(threads.stream().filter(t -> !realism.dates(t, 11_400)).count())
                .isBetween(50L, 250L);
        assertThat(threads).allMatch(t -> realism.dates(t, 12_400));
    }

    @Test
    void realism_shortens_some_pages_of_threads() {
        Realism realism = seeded(6);
        List<Integer> sizes =
                IntStream.range(0, 800).mapToObj(i -> realism.pageSize(100)).toList();

        assertThat(sizes).allSatisfy(size -> assertThat(size).isBetween(96, 100));
        assertThat(sizes.stream().filter(size -> size < 100).count()).isBetween(50L, 150L);
        assertThat(IntStream.range(0, 100).map(i -> realism.pageSize(2))).allMatch(size -> size >= 1);
        assertThat(realism.pageSize(1)).isEqualTo(1);
    }

    @Test
    void thread_stays_in_the_list_of_a_removed_participant() {
        MutableClock clock = new MutableClock(Instant.parse("2026-03-01T12:00:00Z"));
        Vertx vertx = Vertx.vertx();
        try (TestService service = TestService.start(vertx, data, clock, 0, true, MIDDLE)) {
            User alice = service.user();
            User bob = service.user();
            String path = "/chat/threads/" + service.thread(alice, bob);
            clock.advance(Duration.ofSeconds(3));
            JsonNode before = service.get(bob, "/chat/threads").json().path("value");
            service.post(alice, path + "/participants/:remove", TestService.identifier(bob));
            clock.advance(Duration.ofSeconds(3));
            service.call(alice, "PATCH", path, "{\"topic\":\"Secret\"}");

            assertThat(before).hasSize(1);
            assertThat(service.get(bob, "/chat/threads").json().path("value")).isEqualTo(before);
            assertThat(service.get(bob, path + "/participants").status()).isEqualTo(403);
        } finally {
            TestService.await(vertx.close());
        }
    }

    @Test
    void realism_lists_threads_late_and_ends_with_an_empty_page() {
        MutableClock clock = new MutableClock(Instant.parse("2026-03-01T12:00:00Z"));
        Vertx vertx = Vertx.vertx();
        try (TestService service = TestService.start(vertx, data, clock, 0, true, MIDDLE)) {
            User alice = service.user();
            long before = System.nanoTime();
            String thread = service.thread(alice);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(800));
            assertThat(service.get(alice, "/chat/threads").json().path("value")).isEmpty();
            clock.advance(Duration.ofMillis(2_400));
            assertThat(service.get(alice, "/chat/threads").json().path("value")).hasSize(1);

            Answer full = service.get(alice, "/chat/threads/" + thread + "/messages?maxPageSize=2");
            Answer empty = service.get(alice, full.text("nextLink"));
            assertThat(full.json().path("value")).hasSize(2);
            assertThat(empty.json().path("value")).isEmpty();
            assertThat(empty.json().has("nextLink")).isFalse();
        } finally {
            TestService.await(vertx.close());
        }
    }

    @Test
    void fraction_digits_are_configurable() {
        MutableClock clock = new MutableClock(Instant.parse("2026-03-01T12:00:00.987Z"));
        Vertx vertx = Vertx.vertx();
        try (TestService service = TestService.start(vertx, data, clock, 7, false, MIDDLE)) {
            User alice = service.user();
            JsonNode created =
                    service.get(alice, "/chat/threads/" + service.thread(alice)).json();
            assertThat(created.path("createdOn").asText()).isEqualTo("2026-03-01T12:00:00.9870000Z");
        } finally {
            TestService.await(vertx.close());
        }
        assertThat(Timestamps.format(1_987, 3)).isEqualTo("1970-01-01T00:00:01.987Z");
        assertThat(Timestamps.format(1_987, 1)).isEqualTo("1970-01-01T00:00:01.9Z");
        assertThat(Timestamps.format(1_987, 0)).isEqualTo("1970-01-01T00:00:01Z");
    }
}
