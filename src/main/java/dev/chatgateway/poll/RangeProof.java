package dev.chatgateway.poll;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Position;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Whether a listing shows everything that changed since a position. The states that are not newer must be those that the
 * position counted: same number, same hash. A message changed since has lost its older state; it is taken to have been
 * unchanged before, and if that does not fit, nothing is proved.
 */
final class RangeProof {
    /** Messages changed in one and the same millisecond, among which the position's own are searched. */
    private static final int MOST_TIES = 8;

    /** Changes that a node may have missed at the position, among those of this time before it. */
    private static final int MOST_UNSEEN = 8;

    private static final long UNSEEN_MS = 60_000;

    private final Position since;
    private final List<ChatMessage> older = new ArrayList<>();
    private final List<ChatMessage> ties = new ArrayList<>();
    private final List<ChatMessage> later = new ArrayList<>();

    private RangeProof(Position since, List<ChatMessage> listed) {
        this.since = since;
        for (ChatMessage message : listed) {
            if (message.arrivedAt() >= since.windowStart()) {
                long version = message.version();
                (version < since.version() ? older : version == since.version() ? ties : later).add(message);
            }
        }
    }

    /**
     * The changes after a position, oldest first; empty if they can't be proved complete.
     *
     * @param listed each message once, reaching back to the position's window
     */
    static Optional<List<ChatMessage>> changes(Position since, List<ChatMessage> listed) {
        RangeProof proof = new RangeProof(since, listed);
        return proof.settleTies() && proof.holds() ? Optional.of(proof.sorted()) : Optional.empty();
    }

    /** Of the states in the position's last millisecond, those it knew are told by its hash of their ids. */
    private boolean settleTies() {
        if (ties.size() > MOST_TIES) {
            return false;
        }
        for (int known = (1 << ties.size()) - 1; known >= 0; known--) {
            int sum = 0;
            for (int i = 0; i < ties.size(); i++) {
                sum += (known >> i & 1) == 1 ? Hashes.id(ties.get(i).arrivedAt()) : 0;
            }
            if (sum == since.idsHash()) {
                for (int i = 0; i < ties.size(); i++) {
                    ((known >> i & 1) == 1 ? older : later).add(ties.get(i));
                }
                return true;
            }
        }
        // The message that had the highest version has changed since, or left the window.
        return ties.isEmpty();
    }

    private boolean holds() {
        long hash = 0;
        int count = 0;
        for (ChatMessage message : older) {
            hash += Hashes.state(message);
            count++;
        }
        for (ChatMessage message : later) {
            if (message.arrivedAt() < message.version() && message.arrivedAt() <= since.version()) {
                hash += Hashes.state(message.arrivedAt(), message.arrivedAt());
                count++;
            }
        }
        return fits(hash, count) || unseen(hash, count);
    }

    private boolean fits(long hash, int count) {
        return count == since.windowCount() && hash == since.windowHash();
    }

    /**
     * A position may have told something newer before it saw one of these: edits of messages that are not among the newest
     * are found by the next look at the whole window. They are later changes then.
     */
    private boolean unseen(long hash, int count) {
        List<ChatMessage> recent = older.stream()
                .filter(m -> m.version() < since.version() && m.version() > since.version() - UNSEEN_MS)
                .sorted(Comparator.comparingLong(ChatMessage::version).reversed())
                .limit(MOST_UNSEEN)
                .toList();
        for (int some = 1; some < 1 << recent.size(); some++) {
            List<ChatMessage> chosen = chosen(recent, some);
            long without = hash;
            int left = count;
            for (ChatMessage message : chosen) {
                boolean edited = message.version() > message.arrivedAt();
                without -= Hashes.state(message);
                without += edited ? Hashes.state(message.arrivedAt(), message.arrivedAt()) : 0;
                left -= edited ? 0 : 1;
            }
            if (fits(without, left)) {
                older.removeAll(chosen);
                later.addAll(chosen);
                return true;
            }
        }
        return false;
    }

    private static List<ChatMessage> chosen(List<ChatMessage> all, int some) {
        return IntStream.range(0, all.size())
                .filter(i -> (some >> i & 1) == 1)
                .mapToObj(all::get)
                .toList();
    }

    private List<ChatMessage> sorted() {
        later.sort(Comparator.comparingLong(ChatMessage::version).thenComparingLong(ChatMessage::arrivedAt));
        return later;
    }
}
