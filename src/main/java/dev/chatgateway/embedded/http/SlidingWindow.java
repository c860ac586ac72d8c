package dev.chatgateway.embedded.http;

import java.util.Arrays;

/** Keeps the times of the last {@code limit} hits; one more is refused while the oldest of them is in the window. */
final class SlidingWindow {
    private static final int INITIAL = 8;

    private final int limit;
    private final long windowMs;
    /** A ring once it holds {@code limit} times; its oldest entry is at {@code oldest}. */
    private long[] times;

    private int size;
    private int oldest;
    private long last;

    SlidingWindow(int limit, long windowMs) {
        this.limit = limit;
        this.windowMs = windowMs;
        this.times = new long[Math.min(limit, INITIAL)];
    }

    /**
     * Counts a hit, also if it is refused.
     *
     * @return milliseconds until a hit would be allowed; 0 if this one is
     */
    long hit(long now) {
        last = now;
        if (size < limit) {
            if (size == times.length) {
                times = Arrays.copyOf(times, Math.min(limit, size * 2));
            }
            times[size++] = now;
            return 0;
        }
        boolean allowed = now - times[oldest] >= windowMs;
        times[oldest] = now;
        oldest = (oldest + 1) % limit;
        return allowed ? 0 : Math.max(1, times[oldest] + windowMs - now);
    }

    boolean idle(long now) {
        return now - last >= windowMs;
    }
}
