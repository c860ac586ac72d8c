package dev.chatgateway.poll;

/** One thread's place in the queue for a slot. Slots given are given back by whoever reads, or here. */
final class Turn {
    private final PollSlots slots;
    private final Runnable read;
    private boolean queued;
    private boolean promoted;

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

    /** Who was promoted stands in the queue twice: the second slot is given back. */
    private void come() {
        if (queued) {
            queued = false;
            read.run();
        } else {
            slots.leave();
        }
    }
}
