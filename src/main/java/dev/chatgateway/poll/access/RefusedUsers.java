package dev.chatgateway.poll.access;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Subscribers of a thread whose membership is in doubt, most because the service refused their token, until a
 * membership proof with their own token decides. Bounded by the thread's participants. Used on the poller's context.
 */
public final class RefusedUsers {
    static final long PROOF_DELAY_MS = 2_000;
    public static final int NOT_FOUND = 404;

    /** User id to the time of the membership proof. The map is created when needed, as most threads never need it. */
    private Map<String, Long> proofDueAt = Collections.emptyMap();

    private Set<String> notFound = Collections.emptySet();

    /** Records that the service refused a user's token; the proof is due after {@link #PROOF_DELAY_MS}. */
    public void recordRefusal(String userId, int status, long now) {
        schedule(userId, now + PROOF_DELAY_MS);
        if (status == NOT_FOUND) {
            if (notFound.isEmpty()) {
                notFound = new HashSet<>();
            }
            notFound.add(userId);
        }
    }

    /** Records that a removal message and the list of participants contradict each other; a proof follows soon. */
    public void recordContradiction(String userId, long now) {
        schedule(userId, now + PROOF_DELAY_MS / 2);
    }

    /** Sets the time of the user's membership proof. */
    public void schedule(String userId, long dueAt) {
        if (proofDueAt.isEmpty()) {
            proofDueAt = new HashMap<>();
        }
        proofDueAt.put(userId, dueAt);
    }

    public void clear(String userId) {
        proofDueAt.remove(userId);
        notFound.remove(userId);
    }

    /** Forgets 404 responses: a call for the thread succeeded, so the thread exists. */
    public void threadExists() {
        notFound.clear();
    }

    /** Number of users for whom the service reported that the thread does not exist. */
    public int notFoundCount() {
        return notFound.size();
    }

    /** Users whose membership proof is due. */
    public List<String> due(long now) {
        return proofDueAt.entrySet().stream()
                .filter(e -> e.getValue() <= now)
                .map(Map.Entry::getKey)
                .toList();
    }

    public boolean isEmpty() {
        return proofDueAt.isEmpty() && notFound.isEmpty();
    }

    /** When the next membership proof is due, epoch milliseconds; MAX_VALUE if none is. */
    public long nextDueAt() {
        return proofDueAt.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
    }
}
