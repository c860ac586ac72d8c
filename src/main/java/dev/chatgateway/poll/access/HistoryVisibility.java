package dev.chatgateway.poll.access;

import dev.chatgateway.event.Roster;
import java.time.Instant;

/** From when on a member sees messages, in epoch milliseconds, for choosing the token that a range is listed with. */
public final class HistoryVisibility {
    private HistoryVisibility() {}

    /** End of the second for a whole-second time, as its true moment is not known; after all time for a stranger. */
    public static long of(Roster roster, String userId) {
        return roster.member(userId).map(m -> of(m.shareHistoryTime())).orElse(Long.MAX_VALUE);
    }

    /** Before this time nobody sees messages who is taken to see them from a time on: it may be the end of a second. */
    public static long beginOfSecond(long reach) {
        return reach > 0 && reach < Long.MAX_VALUE && reach % 1000 == 0 ? reach - 1000 : reach;
    }

    private static long of(Instant shareHistoryTime) {
        long millis = shareHistoryTime.toEpochMilli();
        return millis > 0 && millis % 1000 == 0 ? millis + 1000 : millis;
    }
}
