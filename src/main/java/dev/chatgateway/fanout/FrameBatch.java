package dev.chatgateway.fanout;

import java.util.ArrayList;
import java.util.List;

/**
 * Frames that all receivers of an audience get together, so that each socket needs one write. All receivers get the same
 * object, so its encoded form can be cached by identity.
 */
public final class FrameBatch {
    /** A longer batch is split, so that one batch fits into the outbound queue of a slow receiver. */
    private static final int MAX_BYTES = 64 * 1024;

    private final List<Frame> frames;
    private final int size;
    private final int receivers;

    private FrameBatch(List<Frame> frames, int size, int receivers) {
        this.frames = frames;
        this.size = size;
        this.receivers = receivers;
    }

    /** A batch of one frame for one receiver. */
    public static FrameBatch of(Frame frame) {
        return new FrameBatch(List.of(frame), frame.size(), 1);
    }

    /**
     * The frames in their order, in as few batches as their size allows.
     *
     * @param receivers approximate number of receivers
     */
    public static List<FrameBatch> of(List<Frame> frames, int receivers) {
        if (frames.size() == 1) {
            return List.of(new FrameBatch(frames, frames.get(0).size(), receivers));
        }
        List<FrameBatch> batches = new ArrayList<>();
        List<Frame> batch = new ArrayList<>();
        int size = 0;
        for (Frame frame : frames) {
            if (!batch.isEmpty() && size + frame.size() > MAX_BYTES) {
                batches.add(new FrameBatch(List.copyOf(batch), size, receivers));
                batch.clear();
                size = 0;
            }
            batch.add(frame);
            size += frame.size();
        }
        if (!batch.isEmpty()) {
            batches.add(new FrameBatch(List.copyOf(batch), size, receivers));
        }
        return batches;
    }

    /** The frames, in the order in which they must arrive. */
    public List<Frame> frames() {
        return frames;
    }

    /** Approximate number of receivers. */
    public int receivers() {
        return receivers;
    }

    /** Length of all texts in bytes. */
    public int size() {
        return size;
    }
}
