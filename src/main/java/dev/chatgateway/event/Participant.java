package dev.chatgateway.event;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A member of a thread.
 *
 * @param userId raw id, for example {@code 8:acs:...}
 * @param shareHistoryTime the member sees messages from this time on; the epoch for the whole history
 */
public record Participant(
        String userId, @Nullable String displayName, Instant shareHistoryTime, Map<String, String> metadata) {
    /** Rejects null, which other nodes might send: a member without a history time must not see everything. */
    public Participant {
        Objects.requireNonNull(userId, "userId");
        Objects.requireNonNull(shareHistoryTime, "shareHistoryTime");
    }
}
