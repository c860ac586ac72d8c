package dev.chatgateway.upstream.quota;

import dev.chatgateway.upstream.quota.RateWindows.Rule;
import dev.chatgateway.upstream.quota.RateWindows.Window;
import java.util.Arrays;

/**
 * The calls that count against one rule for one user, thread, or user in a thread. Owned by {@link RateLimiter} and
 * guarded by its lock.
 *
 * <p>The service counts a call at an unknown moment between its sending and its answer. So a call counts while it is under
 * way, and for a whole window after its answer: whatever the delays of the network, no window of the service holds more
 * calls than the same window here.
 */
final class CallWindow {
    /** Not while the calls under way last. */
    static final long NEVER = Long.MAX_VALUE;

    private static final long LONG_AGO = Long.MIN_VALUE / 2;

    /** The least part of each window that is used, however many 429s come. */
    private static final double LEAST_TRUST = 0.125;

    /** After so many recoveries by half, the whole of each window is used again. */
    private static final int HALVES = 7;

    private static final int MAX_STRIKES = 10;
    private static final int MAX_CUTS = 5;

    /**
     * The least part of a user's windows in a thread that background calls may use on each node. The other nodes list the
     * thread with tokens of other users, so only a user who is connected to several nodes could exceed them.
     */
    private static final double OF_USER = 0.5;

    private final Rule rule;
    private final int marginMs;

    /**
     * Ring of answered calls in order of time, the oldest at {@link #head}: (time << 1) + 1 for background calls. Most
     * scopes see one. Its length is a power of two, so that an index needs no division.
     */
    private long[] answered = new long[1];

    private int head;
    private int size;
    private int openInteractive;
    private int openBackground;

    /** The part of each window that is used right after the last cut. */
    private float cutTo = 1;

    private long cutAt = LONG_AGO;
    /** Cuts that followed each other within the rule's longest window. */
    private byte cuts = 1;

    private byte strikes;
    private long pausedUntil = LONG_AGO;
    private long lastSentAt = LONG_AGO;

    CallWindow(Rule rule, int marginMs) {
        this.rule = rule;
        this.marginMs = marginMs;
    }

    Rule rule() {
        return rule;
    }

    /**
     * The first moment, not before {@code now}, when one more call fits; {@link #NEVER} while calls under way fill a
     * window by themselves. For one shortest window after a pause, calls are spaced evenly: a pause ends when the service
     * has room for one call, and what others have sent leaves its window one by one.
     *
     * @param share of each window that background calls may use; 1 for interactive calls, which may use all of it
     * @param part of the windows of a thread that this node may use, 0 to 1
     */
    long earliest(long now, double share, double part) {
        forget(now);
        double trust = trust(now);
        long earliest = Math.max(now, pausedUntil);
        long gap = 0;
        boolean background = share < 1;
        for (Window window : rule.windows()) {
            double calls = window.calls() * part(part, background);
            int limit = Math.max(1, (int) (calls * trust));
            gap = window.ms() == rule.shortestMs() ? window.ms() / limit : gap;
            earliest = Math.max(earliest, fits(window.ms(), limit, openInteractive + openBackground, false, now));
            if (background) {
                int most = Math.max(1, (int) (limit * share));
                earliest = Math.max(earliest, fits(window.ms(), most, openBackground, true, now));
            }
        }
        boolean spaced = lastSentAt >= pausedUntil && earliest < pausedUntil + rule.shortestMs();
        return spaced ? Math.max(earliest, lastSentAt + gap) : earliest;
    }

    private double part(double ofThread, boolean background) {
        return switch (rule.scope()) {
            case THREAD -> ofThread;
            case USER_AND_THREAD -> background ? Math.max(ofThread, OF_USER) : ofThread;
            case USER, ADDRESS -> 1;
        };
    }

    /**
     * The least share of a window that is left, 0 to 1, as the published limit goes.
     *
     * @param part as for {@link #earliest}
     */
    double left(long now, double part) {
        double left = now < pausedUntil ? 0 : 1;
        double trust = trust(now);
        for (Window window : rule.windows()) {
            double calls = window.calls() * part(part, false);
            left = Math.min(left, Math.max(0, calls * trust - used(window, now)) / calls);
        }
        return left;
    }

    /** The largest share of a window that is used, 0 to 1 or, after a 429, a little more. */
    double used(long now) {
        double used = 0;
        for (Window window : rule.windows()) {
            used = Math.max(used, used(window, now) / window.calls());
        }
        return used;
    }

    private double used(Window window, long now) {
        int used = openInteractive + openBackground;
        for (int i = 0; i < size; i++) {
            if (counts(i, now, window.ms(), false)) {
                used++;
            }
        }
        return used;
    }

    /** Counts a call that is sent at a moment that {@link #earliest} has named. */
    void open(boolean background, long at) {
        lastSentAt = Math.max(lastSentAt, at);
        if (background) {
            openBackground++;
        } else {
            openInteractive++;
        }
    }

    /** Forgets a call that was not sent, or that the service cannot have counted. */
    void cancel(boolean background) {
        if (background) {
            openBackground--;
        } else {
            openInteractive--;
        }
    }

    /** Counts a call that has ended and was not counted here while it was under way. */
    void count(boolean background, long now) {
        open(background, now);
        complete(background, now);
    }

    /** A call has ended; it counts for a window's length from now. */
    void complete(boolean background, long now) {
        cancel(background);
        forget(now);
        if (size == answered.length) {
            grow();
        }
        // Threads may bring times a little out of order; the ring stays sorted, to the safe side.
        long last = size == 0 ? now : answered[index(size - 1)] >> 1;
        answered[index(size++)] = (Math.max(last, now) << 1) | (background ? 1 : 0);
    }

    /** The service accepted a call. */
    void succeeded(long now) {
        if (now >= pausedUntil) {
            strikes = 0;
        }
    }

    /**
     * The service answered a call with 429, as the window is also used past the gateway. Calls that were under way
     * together meet one shortage together. So a call that was sent before the end of the present pause adds nothing but
     * its own pause; and the trust is cut once in the rule's shortest window, as what filled that window stays in it for
     * so long.
     *
     * @param sentAt when the call was sent
     * @param pauseMs how long the service, or the back-off, wants no more of them
     */
    void throttled(long sentAt, long pauseMs, long now) {
        if (sentAt >= pausedUntil) {
            strikes = (byte) Math.min(MAX_STRIKES, strikes + 1);
            if (sentAt >= cutAt + rule.shortestMs()) {
                cutTo = (float) Math.max(LEAST_TRUST, trust(now) / 2);
                cuts = (byte) (sentAt < cutAt + rule.memoryMs() ? Math.min(MAX_CUTS, cuts + 1) : 1);
                cutAt = now;
            }
        }
        pausedUntil = Math.max(pausedUntil, now + pauseMs);
    }

    /**
     * The part of each window that is used. Half of what the last cut took away comes back in each shortest window; from
     * the third cut in a row on, which means that another application uses the window for long, it takes more of them.
     */
    private double trust(long now) {
        if (cutTo == 1) {
            return 1;
        }
        double halves = Math.max(0, now - cutAt) / (double) rule.shortestMs() / Math.max(1, cuts - 1);
        if (halves >= HALVES) {
            cutTo = 1;
            return 1;
        }
        return 1 - (1 - cutTo) * Math.pow(0.5, halves);
    }

    int strikes() {
        return strikes;
    }

    /** Whether the scope can be removed without an effect on any window; a lowered trust is forgotten with it. */
    boolean idle(long now) {
        forget(now);
        return size == 0 && openInteractive + openBackground == 0 && pausedUntil <= now;
    }

    /** When a window of that length has room for one more beside those under way. */
    private long fits(long windowMs, int limit, int open, boolean backgroundOnly, long now) {
        int mustLeave = open + 1 - limit;
        for (int i = 0; i < size; i++) {
            if (counts(i, now, windowMs, backgroundOnly)) {
                mustLeave++;
            }
        }
        if (mustLeave <= 0) {
            return now;
        }
        for (int i = 0; i < size; i++) {
            if (counts(i, now, windowMs, backgroundOnly) && --mustLeave == 0) {
                return (answered[index(i)] >> 1) + windowMs + marginMs;
            }
        }
        return NEVER;
    }

    private boolean counts(int i, long now, long windowMs, boolean backgroundOnly) {
        long entry = answered[index(i)];
        return (entry >> 1) + windowMs + marginMs > now && (!backgroundOnly || (entry & 1) == 1);
    }

    private void forget(long now) {
        long memory = rule.memoryMs() + marginMs;
        while (size > 0 && (answered[head] >> 1) + memory <= now) {
            head = index(1);
            size--;
        }
    }

    private int index(int i) {
        return (head + i) & (answered.length - 1);
    }

    private void grow() {
        long[] larger = Arrays.copyOf(answered, 2 * answered.length);
        for (int i = 0; i < size; i++) {
            larger[i] = answered[index(i)];
        }
        answered = larger;
        head = 0;
    }
}
