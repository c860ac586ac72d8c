package dev.chatgateway.event;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A member of a thread.
 *
 * @param userId raw id, for example {@code 8:acs:...}
 * @param shareHistoryTime messages before it are not visible to the member; the epoch means all history
 */
public record Participant(
        String userId, @Nullable String displayName, Instant shareHistoryTime, Map<String, String> metadata) {}
