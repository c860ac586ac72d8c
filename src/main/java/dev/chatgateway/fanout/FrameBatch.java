package dev.chatgateway.fanout;

import java.util.ArrayList;
import java.util.List;

/**
 * Notifications that go to all receivers of an audience together, so that each socket takes them in one write. The same
 * object is handed to every receiver: what is made of it for the wire can be shared by identity.
 */
public final class FrameBatch {
    /** A longer run is cut, so that a slow receiver's share of it stays within what its socket may hold. */
    private static final int MOST_BYTES = 64 * 1024;

    private final List<Frame> frames;
    private final int size;
    private final int receivers;

    private FrameBatch(List<Frame> frames, int size, int receivers) {
        this.frames = frames;
        this.size = size;
        this.receivers = receivers;
    }

    /** A run of one, for one. */
    public static FrameBatch of(Frame frame) {
        return new FrameBatch(List.of(frame), frame.size(), 1);
    }

    /**
     * The frames in their order, in as few runs as their size allows.
     *
     * @param receivers how many take them, about
     */
    public static List<FrameBatch> of(List<Frame> frames, int receivers) {
        if (frames.size() == 1) {
            return List.of(new FrameBatch(frames, frames.get(0).size(), receivers));
        }
        List<FrameBatch> runs = new ArrayList<>();
        List<Frame> run = new ArrayList<>();
        int size = 0;
        for (Frame frame : frames) {
            if (!run.isEmpty() && size + frame.size() > MOST_BYTES) {
                runs.add(new FrameBatch(List.copyOf(run), size, receivers));
                run.clear();
                size = 0;
            }
            run.add(frame);
            size += frame.size();
        }
        if (!run.isEmpty()) {
            runs.add(new FrameBatch(List.copyOf(run), size, receivers));
        }
        return runs;
    }

    /** The notifications, in the order in which they must arrive. */
    public List<Frame> frames() {
        return frames;
    }

    /** How many take it, about. */
    public int receivers() {
        return receivers;
    }

    /** Bytes of all texts in UTF-8. */
    public int size() {
        return size;
    }
}
