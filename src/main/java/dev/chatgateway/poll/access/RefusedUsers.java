package dev.chatgateway.poll.access;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Users whose token the service refused, until a second proof decides. Bounded by the thread's participants. */
public final class RefusedUsers {
    static final long SECOND_PROOF_MS = 2_000;
    public static final int NOT_FOUND = 404;

    private Map<String, Long> due = Collections.emptyMap();
    private Set<String> notFound = Collections.emptySet();

    /** A token was refused; the proof is asked for again in a moment. */
    public void refused(String userId, int status, long now) {
        doubts().put(userId, now + SECOND_PROOF_MS);
        if (status == NOT_FOUND) {
            witnesses().add(userId);
        }
    }

    /** A removal and the roster contradict each other: the roster is asked again in a moment. */
    public void doubted(String userId, long now) {
        doubts().put(userId, now + SECOND_PROOF_MS / 2);
    }

    /** The proof can't be had now. */
    public void postpone(String userId, long until) {
        doubts().put(userId, until);
    }

    /** Made when first needed: few threads ever doubt anybody. */
    private Map<String, Long> doubts() {
        if (due.isEmpty()) {
            due = new HashMap<>();
        }
        return due;
    }

    private Set<String> witnesses() {
        if (notFound.isEmpty()) {
            notFound = new HashSet<>();
        }
        return notFound;
    }

    public void cleared(String userId) {
        due.remove(userId);
        notFound.remove(userId);
    }

    /** Somebody was served: the thread is there, whatever others were told. */
    public void served() {
        notFound.clear();
    }

    /** How many users were told that the thread does not exist. */
    public int notFound() {
        return notFound.size();
    }

    /** Users whose second proof is due. */
    public List<String> due(long now) {
        return due.entrySet().stream()
                .filter(e -> e.getValue() <= now)
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Whether nobody is under suspicion. */
    public boolean isEmpty() {
        return due.isEmpty() && notFound.isEmpty();
    }

    /** When the next proof is due; a far day if none is. */
    public long nextDue() {
        return due.values().stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
    }
}
