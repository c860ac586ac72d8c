package dev.chatgateway.poll.state;

import dev.chatgateway.event.ChatEvent.ThreadDeleted;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.Notice.FreshnessChanged;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a leader replicates of one poll to its followers.
 *
 * @param messages in the states that were published, lowest version first
 * @param receipts read receipts that moved
 * @param members the participants by user id. On a leader always the present ones; null between two polls. On a follower
 *     null if the leader has not sent them, because they are the same as in the update before
 * @param membersReadAt when the service last listed the participants; the epoch if only messages name them
 * @param properties on a leader always the present ones; null between two polls. On a follower null if the leader has not
 *     sent them, because they are the same as in the update before
 * @param freshness null while it is the same as before
 * @param resync whether the leader's own subscribers were told to take fresh state
 * @param deleted null while the thread exists
 * @param markBefore everything up to this version was known before the poll
 * @param mark everything up to this version is known after the poll
 * @param reach from when on the leader knows messages, epoch milliseconds; a lower number reaches further back
 * @param recent the states around the mark after the poll, for comparison
 */
public record ReplicaUpdate(
        String threadId,
        List<ChatMessage> messages,
        List<ReadReceipt> receipts,
        @Nullable Map<String, Participant> members,
        Instant membersReadAt,
        @Nullable ThreadProperties properties,
        @Nullable FreshnessChanged freshness,
        boolean resync,
        @Nullable ThreadDeleted deleted,
        long markBefore,
        long mark,
        long reach,
        RecentStates recent) {
    public ReplicaUpdate {
        messages = List.copyOf(messages);
        receipts = List.copyOf(receipts);
    }

    /** Whether the poll found something to publish, or moved the mark. Participants and properties are compared elsewhere. */
    public boolean hasNews() {
        return hasEvents() || freshness != null || resync || mark != markBefore;
    }

    /** Whether it holds messages, receipts or the end of the thread. */
    public boolean hasEvents() {
        return !messages.isEmpty() || !receipts.isEmpty() || deleted != null;
    }
}
