package dev.chatgateway.poll.diff;

import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import java.util.Collection;

/**
 * Hashes of what a position compares. Sums of mixed parts, so that order does not matter and parts can be added and taken
 * away one by one; the same on every node and after every restart, as cursors carry them.
 */
public final class Hashes {
    private Hashes() {}

    /** The members and how far back they see. */
    public static int roster(Roster roster) {
        int sum = 0;
        for (Participant member : roster.members().values()) {
            sum += (int) mix(((long) member.userId().hashCode() << 32)
                    ^ member.shareHistoryTime().toEpochMilli());
        }
        return sum;
    }

    /** Topic, metadata and retention. */
    public static int properties(ThreadProperties properties) {
        int sum = properties.topic().hashCode();
        Integer days = properties.retentionDays();
        sum = 31 * sum + (days == null ? 0 : days);
        int map = 0;
        for (var entry : properties.metadata().entrySet()) {
            map += (int) mix(
                    ((long) entry.getKey().hashCode() << 32) ^ entry.getValue().hashCode());
        }
        return 31 * sum + map;
    }

    /** The read marks. */
    static int receipts(Collection<ReadReceipt> receipts) {
        int sum = 0;
        for (ReadReceipt receipt : receipts) {
            sum += (int) mix(((long) receipt.readerId().hashCode() << 32)
                    ^ receipt.messageId().hashCode());
        }
        return sum;
    }

    /** A name of any length. */
    public static long text(String text) {
        long sum = 0;
        for (int i = 0; i < text.length(); i++) {
            sum = 31 * sum + text.charAt(i);
        }
        return mix(sum);
    }

    /** The finaliser of SplitMix64. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
