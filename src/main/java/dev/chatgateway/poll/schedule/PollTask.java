package dev.chatgateway.poll.schedule;

import dev.chatgateway.poll.schedule.ConcurrencyLimiter.Urgency;
import io.vertx.core.Future;
import java.util.function.Supplier;

/** One thread's place in the queue for a slot. Whoever reads gives the slot back. */
public final class PollTask {
    private final ConcurrencyLimiter slots;
    private final Runnable read;
    /** One instance, by which the slots know it again. */
    private final Runnable come = this::come;

    private boolean written;
    private boolean queued;
    private Urgency urgency = Urgency.USUAL;
    private boolean aside;
    private boolean held;

    public PollTask(ConcurrencyLimiter slots, Runnable read) {
        this.slots = slots;
        this.read = read;
    }

    /** Something was written: the next reading is urgent. */
    public void written() {
        written = true;
    }

    /** Asks for a slot, or for an earlier one than was asked for. */
    public void ask(boolean awaited) {
        Urgency wanted = Urgency.of(written, awaited);
        if (!queued || (!held && wanted.compareTo(urgency) < 0)) {
            queued = true;
            urgency = wanted;
            slots.enter(wanted, come);
        }
    }

    /** Whether it waits. */
    public boolean queued() {
        return queued;
    }

    /** A call beside the readings: one whose turn comes meanwhile waits for its end, as calls of a thread never overlap. */
    public <T> Future<T> aside(Supplier<Future<T>> call) {
        aside = true;
        return call.get().onComplete(done -> {
            aside = false;
            if (held) {
                held = false;
                come();
            }
        });
    }

    private void come() {
        held = aside;
        if (!held) {
            queued = false;
            written = false;
            read.run();
        }
    }
}
