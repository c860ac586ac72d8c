package dev.chatgateway.event;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The properties of a thread.
 *
 * @param retentionDays number of days after creation when the service deletes the thread; null for never
 */
public record ThreadProperties(
        String threadId,
        String topic,
        Instant createdOn,
        String createdById,
        @Nullable Instant deletedOn,
        Map<String, String> metadata,
        @Nullable Integer retentionDays) {}
