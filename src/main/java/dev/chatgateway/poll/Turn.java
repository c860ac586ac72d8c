package dev.chatgateway.poll;

import io.vertx.core.Future;
import java.util.function.Supplier;

/** One thread's place in the queue for a slot. Slots given are given back by whoever reads, or here. */
final class Turn {
    private final PollSlots slots;
    private final Runnable read;
    private boolean queued;
    private boolean promoted;
    private boolean aside;
    private boolean held;

    Turn(PollSlots slots, Runnable read) {
        this.slots = slots;
        this.read = read;
    }

    /** Asks for a slot, or for an earlier one than was asked for. */
    void ask(boolean first) {
        if (!queued) {
            queued = true;
            promoted = first;
            slots.enter(first, this::come);
        } else if (first && !promoted) {
            promoted = true;
            slots.enter(true, this::come);
        }
    }

    /** Whether it waits. */
    boolean queued() {
        return queued;
    }

    /** A call beside the readings: one whose turn comes meanwhile waits for its end, as calls of a thread never overlap. */
    <T> Future<T> aside(Supplier<Future<T>> call) {
        aside = true;
        return call.get().onComplete(done -> {
            aside = false;
            if (held) {
                held = false;
                come();
            }
        });
    }

    /** Who was promoted stands in the queue twice: the second slot is given back. */
    private void come() {
        if (queued && aside && !held) {
            held = true;
        } else if (queued && !aside) {
            queued = false;
            read.run();
        } else {
            slots.leave();
        }
    }
}
