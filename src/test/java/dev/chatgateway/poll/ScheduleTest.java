package dev.chatgateway.poll;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chatgateway.poll.schedule.ConcurrencyLimiter;
import dev.chatgateway.poll.schedule.ConcurrencyLimiter.Urgency;
import dev.chatgateway.poll.schedule.PollInterval;
import dev.chatgateway.poll.schedule.Scheduler;
import dev.chatgateway.poll.schedule.TimerQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Timer queue, poll interval and concurrency limiter by themselves. */
class ScheduleTest {
    private final VirtualScheduler ticker = new VirtualScheduler(1_000_000);

    @Test
    void many_tasks_need_one_timer_and_run_in_order() {
        TimerQueue queue = new TimerQueue(ticker);
        Random random = new Random(1);
        List<Long> ran = new ArrayList<>();
        List<Scheduler.Timer> timers = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            long at = ticker.now() + 1 + random.nextInt(60_000);
            timers.add(queue.schedule(at - ticker.now(), () -> {
                assertThat(ticker.now()).isGreaterThanOrEqualTo(at);
                ran.add(at);
            }));
        }
        assertThat(ticker.waiting()).isEqualTo(1);
        for (int i = 0; i < timers.size(); i += 2) {
            timers.get(i).cancel();
            timers.get(i).cancel();
        }
        assertThat(queue.waiting()).isEqualTo(50_000);
        ticker.pass(60_000);
        assertThat(ran).hasSize(50_000).isSorted();
        assertThat(ticker.waiting()).isZero();
    }

    @Test
    void task_may_add_cancel_and_fail() {
        TimerQueue queue = new TimerQueue(ticker);
        List<String> ran = new ArrayList<>();
        Scheduler.Timer[] later = new Scheduler.Timer[1];
        later[0] = queue.schedule(20, () -> ran.add("cancelled"));
        queue.schedule(10, () -> {
            later[0].cancel();
            queue.schedule(5, () -> ran.add("added"));
            throw new IllegalStateException("a task fails");
        });
        queue.schedule(30, () -> ran.add("last"));
        try {
            ticker.pass(15);
        } catch (IllegalStateException expected) {
            ran.add("failed");
        }
        ticker.pass(100);
        assertThat(ran).containsExactly("failed", "added", "last");
    }

    @Test
    void activity_falls_from_hot_over_warm_to_cold() {
        PollInterval interval = new PollInterval(() -> ThreadRegistryFixture.CONFIG, new Random(2));
        assertThat(interval.activity(ticker.now())).isEqualTo(PollInterval.Activity.COLD);
        long now = ticker.now();
        interval.markHot(now);
        assertThat(interval.activity(now + 59_999)).isEqualTo(PollInterval.Activity.HOT);
        assertThat(interval.activity(now + 60_000)).isEqualTo(PollInterval.Activity.WARM);
        assertThat(interval.activity(now + 359_999)).isEqualTo(PollInterval.Activity.WARM);
        assertThat(interval.activity(now + 360_000)).isEqualTo(PollInterval.Activity.COLD);
        for (int i = 0; i < 1_000; i++) {
            assertThat(interval.delayMs(now, true)).isBetween(600L, 1_000L);
            assertThat(interval.delayMs(now + 100_000, true)).isBetween(2_000L, 5_000L);
        }
        interval.markWarm(now + 400_000);
        assertThat(interval.activity(now + 400_000)).isEqualTo(PollInterval.Activity.WARM);
        interval.subscriberArrived(now + 800_000);
        assertThat(interval.activity(now + 809_999)).isEqualTo(PollInterval.Activity.HOT);
        assertThat(interval.activity(now + 810_000)).isEqualTo(PollInterval.Activity.WARM);
        interval.pollSucceeded(5_000);
        assertThat(interval.delayMs(now, true)).as("a slow service stretches").isEqualTo(15_000);
        interval.pollSucceeded(10);
        interval.holdForRate(30_000);
        assertThat(interval.delayMs(now, true)).as("a low ledger stretches").isEqualTo(30_000);
    }

    @Test
    void slots_bound_running_polls_and_urgent_polls_go_first() {
        ConcurrencyLimiter slots = new ConcurrencyLimiter(2);
        List<String> begun = new ArrayList<>();
        slots.enter(Urgency.USUAL, () -> begun.add("a"));
        slots.enter(Urgency.USUAL, () -> begun.add("b"));
        slots.enter(Urgency.USUAL, () -> begun.add("c"));
        ConcurrencyLimiter.Task task = slots.task(() -> begun.add("promoted"));
        task.request(false);
        task.request(true);
        task.request(true);
        assertThat(begun).containsExactly("a", "b");
        slots.leave();
        assertThat(begun).containsExactly("a", "b", "promoted");
        slots.leave();
        slots.leave();
        slots.leave();
        assertThat(begun).containsExactly("a", "b", "promoted", "c");
        assertThat(slots.queued()).isZero();
    }

    /** Many new subscribers once delayed the events of the others. */
    @Test
    void many_new_subscribers_do_not_delay_events() {
        ConcurrencyLimiter slots = new ConcurrencyLimiter(1);
        List<String> begun = new ArrayList<>();
        slots.enter(Urgency.USUAL, () -> begun.add("first"));
        for (int i = 0; i < 100; i++) {
            slots.enter(Urgency.AWAITED, () -> begun.add("awaited"));
        }
        for (int i = 0; i < 10; i++) {
            slots.enter(Urgency.USUAL, () -> begun.add("usual"));
        }
        slots.enter(Urgency.WRITTEN, () -> begun.add("written"));
        for (int i = 0; i < 30; i++) {
            slots.leave();
        }
        assertThat(begun.indexOf("written")).isOne();
        assertThat(begun.stream().filter("usual"::equals)).hasSizeBetween(9, 10);
        assertThat(begun.stream().filter("awaited"::equals)).hasSizeBetween(19, 20);
    }

    /** Each rise in urgency once left an entry in the queue behind. */
    @Test
    void task_that_becomes_more_urgent_is_queued_once() {
        ConcurrencyLimiter slots = new ConcurrencyLimiter(1);
        List<String> begun = new ArrayList<>();
        slots.enter(Urgency.USUAL, () -> begun.add("first"));
        ConcurrencyLimiter.Task task = slots.task(() -> begun.add("read"));
        for (int i = 1; i <= 10; i++) {
            task.request(false);
            task.request(true);
            task.markWritten();
            task.request(true);
            assertThat(slots.queued()).isOne();
            slots.leave();
            assertThat(begun).hasSize(i + 1);
            assertThat(slots.queued()).isZero();
        }
    }
}
