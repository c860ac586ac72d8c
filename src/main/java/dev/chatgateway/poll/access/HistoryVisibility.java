package dev.chatgateway.poll.access;

import dev.chatgateway.event.Roster;
import java.time.Instant;

/**
 * The time from which a participant sees messages, in epoch milliseconds, for the choice of a token to list messages
 * with. The service may report a {@code shareHistoryTime} in whole seconds. The exact time then lies somewhere in that
 * second, so this class assumes its end: a token is never expected to show more than it does.
 */
public final class HistoryVisibility {
    private static final long SECOND_MS = 1_000;

    private HistoryVisibility() {}

    /** The time from which the user certainly sees messages; 0 for the whole thread, MAX_VALUE for a non-member. */
    public static long visibleFrom(Roster roster, String userId) {
        return roster.member(userId)
                .map(member -> endOfSecond(member.shareHistoryTime()))
                .orElse(Long.MAX_VALUE);
    }

    /**
     * The time before which the user certainly sees no messages.
     *
     * @param visibleFrom a result of {@link #visibleFrom}
     */
    public static long hiddenBefore(long visibleFrom) {
        return visibleFrom > 0 && visibleFrom < Long.MAX_VALUE && visibleFrom % SECOND_MS == 0
                ? visibleFrom - SECOND_MS
                : visibleFrom;
    }

    private static long endOfSecond(Instant shareHistoryTime) {
        long millis = shareHistoryTime.toEpochMilli();
        return millis > 0 && millis % SECOND_MS == 0 ? millis + SECOND_MS : millis;
    }
}
