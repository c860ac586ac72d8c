package dev.chatgateway.embedded.faults;

import dev.chatgateway.embedded.request.Operation;
import dev.chatgateway.embedded.store.Rows;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Imitates the timing and irregularities of the real service as recorded: service times, delayed listing of new threads,
 * inexact order of threads, short pages, an empty last page of messages, threads that stay in the list of a removed
 * participant. Changes nothing when it is off. Uses one random source, so that a test with its own source is repeatable.
 * Any thread.
 */
public final class Realism {
    /** A new thread is listed after this time to twice this time. */
    private static final long UNLISTED_MS = 700;

    /** One of this many threads is first listed without the time of its last message. */
    private static final int UNDATED = 8;

    private static final long UNDATED_MS = 1_000;

    /** One of this many activity times is up to {@link #FAR_MS} too late, the others up to {@link #NEAR_MS}. */
    private static final int FAR = 30;

    private static final int NEAR_MS = 1_000;
    private static final int FAR_MS = 5_000;

    /** One of this many pages of threads is shorter than requested. */
    private static final int SHORT = 8;

    private static final int SHORT_BY = 4;

    private static final Realism NONE = new Realism(null);

    private final @Nullable RandomGenerator random;
    private final long salt;

    /** @param random used by several threads; null: off */
    private Realism(@Nullable RandomGenerator random) {
        this.random = random;
        this.salt = random == null ? 0 : random.nextLong();
    }

    public static Realism none() {
        return NONE;
    }

    public static Realism recorded(RandomGenerator random) {
        return new Realism(random);
    }

    /** Service time of one request in milliseconds. */
    public long serviceMs(Operation operation) {
        return random == null ? 0 : ServiceTime.of(operation).at(random.nextDouble());
    }

    /** Number of threads on a page: sometimes fewer than requested, even if more follow. */
    public int pageSize(int requested) {
        if (random == null || requested == 1 || random.nextInt(SHORT) != 0) {
            return requested;
        }
        return Math.max(1, requested - 1 - random.nextInt(SHORT_BY));
    }

    /** Whether a thread stays in the list of a removed participant. */
    public boolean listsLeft() {
        return random != null;
    }

    /** Whether a full last page of messages has a next link, to an empty page. */
    public boolean emptyLastPage() {
        return random != null && random.nextBoolean();
    }

    /** The time that orders the thread list; constant until the thread's activity changes. */
    public long activity(String thread, long lastMessageOn) {
        if (random == null) {
            return lastMessageOn;
        }
        long hash = hash(thread, lastMessageOn);
        int reach = Math.floorMod(hash, FAR) == 0 ? FAR_MS : NEAR_MS;
        return lastMessageOn + Math.floorMod(hash / FAR, reach + 1);
    }

    /** Whether a new thread is listed by now. */
    public boolean lists(Rows.ChatThread thread, long now) {
        return random == null || now >= listedFrom(thread);
    }

    /** Whether the list has the time of the thread's last message. */
    public boolean dates(Rows.ChatThread thread, long now) {
        return random == null
                || Math.floorMod(hash(thread.id(), 1), UNDATED) != 0
                || now >= listedFrom(thread) + UNDATED_MS;
    }

    private long listedFrom(Rows.ChatThread thread) {
        return thread.createdOn() + UNLISTED_MS + Math.floorMod(hash(thread.id(), 0), UNLISTED_MS);
    }

    /** SplitMix64's finalizer over the text, the number and the salt of this instance. */
    private long hash(String text, long number) {
        long mixed = salt ^ (text.hashCode() * 0x9E3779B97F4A7C15L) ^ (number * 0xBF58476D1CE4E5B9L);
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }

    /**
     * Recorded service times in milliseconds: median, 95th percentile, maximum. Operations without recordings use those of
     * the most similar one.
     */
    private enum ServiceTime {
        CREATE_THREAD(822, 990, 4_521),
        LIST_THREADS(440, 770, 1_658),
        CHANGE(641, 858, 990),
        SEND_MESSAGE(272, 460, 1_069),
        READ(128, 345, 864),
        SEND_READ_RECEIPT(309, 915, 1_183),
        SEND_TYPING(223, 390, 451),
        LIST_PARTICIPANTS(211, 277, 358);

        private static final double MEDIAN = 0.5;
        private static final double PERCENTILE_95 = 0.95;
        private static final double FASTEST = 0.6;

        private final int median;
        private final int percentile95;
        private final int maximum;

        ServiceTime(int median, int percentile95, int maximum) {
            this.median = median;
            this.percentile95 = percentile95;
            this.maximum = maximum;
        }

        static ServiceTime of(Operation operation) {
            return switch (operation) {
                case CREATE_THREAD -> CREATE_THREAD;
                case LIST_THREADS -> LIST_THREADS;
                case SEND_MESSAGE -> SEND_MESSAGE;
                case SEND_READ_RECEIPT -> SEND_READ_RECEIPT;
                case SEND_TYPING -> SEND_TYPING;
                case LIST_PARTICIPANTS -> LIST_PARTICIPANTS;
                case UPDATE_MESSAGE,
                        DELETE_MESSAGE,
                        UPDATE_THREAD,
                        DELETE_THREAD,
                        ADD_PARTICIPANTS,
                        REMOVE_PARTICIPANT -> CHANGE;
                case LIST_MESSAGES, GET_MESSAGE, GET_THREAD, LIST_READ_RECEIPTS, GET_REAL_TIME_NOTIFICATIONS -> READ;
                case CREATE_IDENTITY, GET_IDENTITY, DELETE_IDENTITY, ISSUE_TOKEN, REVOKE_TOKENS, EXCHANGE_TEAMS_TOKEN ->
                    READ;
            };
        }

        /** The time at a quantile, interpolated linearly. */
        long at(double quantile) {
            if (quantile < MEDIAN) {
                return between(FASTEST * median, median, quantile / MEDIAN);
            }
            if (quantile < PERCENTILE_95) {
                return between(median, percentile95, (quantile - MEDIAN) / (PERCENTILE_95 - MEDIAN));
            }
            return between(percentile95, maximum, (quantile - PERCENTILE_95) / (1 - PERCENTILE_95));
        }

        private static long between(double low, double high, double share) {
            return Math.round(low + (high - low) * share);
        }
    }
}
