package dev.chatgateway.poll.state;

import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.ThreadProperties;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a leader knows of a thread, so that a node that begins to follow finds out what it lacks.
 *
 * @param window mark and newest states, packed, in base64
 * @param reach from when on messages are known, epoch milliseconds; a lower number reaches further back
 * @param membersReadAt when the service last listed the participants; the epoch if only messages name them
 * @param receiptsKnown whether the read receipts were listed
 * @param freshness how current the events are; null if the leader did not say
 */
public record ReplicaState(
        String threadId,
        String window,
        long reach,
        Map<String, Participant> members,
        Instant membersReadAt,
        @Nullable ThreadProperties properties,
        List<ReadReceipt> receipts,
        boolean receiptsKnown,
        @Nullable Freshness freshness) {}
