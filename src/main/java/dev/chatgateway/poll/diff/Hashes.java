package dev.chatgateway.poll.diff;

import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import java.util.Collection;

/**
 * Hashes of the parts of a thread that a {@link dev.chatgateway.event.Position} compares. The hash of a collection is
 * the sum of its elements' mixed hashes, so it does not depend on their order, and an element can be added or
 * subtracted. Cursors carry the values: they are the same on every node and after every restart.
 */
public final class Hashes {
    private Hashes() {}

    /** Hash of the participants and of the time from which each of them sees messages. */
    public static int roster(Roster roster) {
        int sum = 0;
        for (Participant participant : roster.members().values()) {
            sum += (int) mix(((long) participant.userId().hashCode() << 32)
                    ^ participant.shareHistoryTime().toEpochMilli());
        }
        return sum;
    }

    /** Hash of topic, metadata and retention. */
    public static int properties(ThreadProperties properties) {
        int hash = properties.topic().hashCode();
        Integer days = properties.retentionDays();
        hash = 31 * hash + (days == null ? 0 : days);
        int metadata = 0;
        for (var entry : properties.metadata().entrySet()) {
            metadata += (int) mix(
                    ((long) entry.getKey().hashCode() << 32) ^ entry.getValue().hashCode());
        }
        return 31 * hash + metadata;
    }

    /** Hash of the read receipts: reader and message, not the time. */
    static int receipts(Collection<ReadReceipt> receipts) {
        int sum = 0;
        for (ReadReceipt receipt : receipts) {
            sum += (int) mix(((long) receipt.readerId().hashCode() << 32)
                    ^ receipt.messageId().hashCode());
        }
        return sum;
    }

    /** 64-bit hash of a text, with fewer collisions than {@link String#hashCode}. */
    public static long text(String text) {
        long hash = 0;
        for (int i = 0; i < text.length(); i++) {
            hash = 31 * hash + text.charAt(i);
        }
        return mix(hash);
    }

    /** The finaliser of SplitMix64. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
