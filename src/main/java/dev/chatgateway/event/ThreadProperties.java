package dev.chatgateway.event;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a thread says of itself.
 *
 * @param retentionDays days after creation until the service deletes the thread; null for none
 */
public record ThreadProperties(
        String threadId,
        String topic,
        Instant createdOn,
        String createdById,
        @Nullable Instant deletedOn,
        Map<String, String> metadata,
        @Nullable Integer retentionDays) {}
