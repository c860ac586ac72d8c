package dev.chatgateway.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepsTest {
    @Test
    void many_steps_that_complete_at_once_do_not_overflow_the_stack() {
        Future<List<Integer>> done = Steps.run(100_000, 1, Future::succeededFuture);
        assertThat(done.result()).hasSize(100_000).startsWith(0, 1, 2);
    }

    @Test
    void no_more_steps_run_than_allowed_at_once() {
        List<Promise<Integer>> started = new ArrayList<>();
        Future<List<Integer>> done = Steps.run(5, 2, i -> {
            started.add(Promise.promise());
            return started.get(i).future();
        });
        for (int i = 0; i < 5; i++) {
            assertThat(started).hasSize(Math.min(5, i + 2));
            started.get(i).complete(i);
        }
        assertThat(done.result()).containsExactly(0, 1, 2, 3, 4);
    }

    @Test
    void first_failure_ends_the_run() {
        List<Integer> begun = new ArrayList<>();
        Future<List<Integer>> done = Steps.run(5, 1, i -> {
            begun.add(i);
            return i == 1 ? Future.failedFuture("refused") : Future.succeededFuture(i);
        });
        assertThat(done.cause()).hasMessage("refused");
        assertThat(begun).containsExactly(0, 1);
    }
}
