package dev.chatgateway.event;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A member of a thread.
 *
 * @param userId raw id, for example {@code 8:acs:...}
 * @param shareHistoryTime messages before it are not visible to the member; the epoch means all history
 */
public record Participant(
        String userId, @Nullable String displayName, Instant shareHistoryTime, Map<String, String> metadata) {
    /** Nodes tell each other participants too: one without an id or a time is unreadable, not one who sees everything. */
    public Participant {
        Objects.requireNonNull(userId, "userId");
        Objects.requireNonNull(shareHistoryTime, "shareHistoryTime");
    }
}
