package dev.chatgateway.replication;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Threads whose readers are to be asked where they stand, and those that were asked and have not answered. A node may
 * follow a hundred thousand threads of another: asked all at once they would fill the way between the two, and what was
 * lost there would be the next reason to ask. Poller's context.
 */
final class PendingStateRequests {
    private final Set<String> due = new LinkedHashSet<>();
    /** When each was asked, the longest ago first. */
    private final Map<String, Long> open = new LinkedHashMap<>();

    /** The reader is to be asked, in its turn. */
    void ask(String threadId) {
        open.remove(threadId);
        due.add(threadId);
    }

    /** The reader has been asked. */
    void asked(String threadId, long now) {
        over(threadId);
        open.put(threadId, now);
    }

    /** It has answered, or need not any more. */
    void over(String threadId) {
        due.remove(threadId);
        open.remove(threadId);
    }

    /** Whether an answer is still to come. */
    boolean pending(String threadId) {
        return due.contains(threadId) || open.containsKey(threadId);
    }

    /** Those to be asked next, so many at most. */
    void next(int most, Consumer<String> question) {
        first(due, most).forEach(question);
    }

    /** Those that were asked before then and have not answered, so many at most. */
    void unanswered(long askedBefore, int most, Consumer<String> question) {
        List<String> late = new ArrayList<>();
        for (Map.Entry<String, Long> asked : open.entrySet()) {
            if (asked.getValue() >= askedBefore || late.size() == most) {
                break;
            }
            late.add(asked.getKey());
        }
        late.forEach(question);
    }

    private static List<String> first(Set<String> all, int most) {
        return all.stream().limit(most).toList();
    }
}
