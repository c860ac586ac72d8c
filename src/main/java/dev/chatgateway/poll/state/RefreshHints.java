package dev.chatgateway.poll.state;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.poll.diff.VersionWindow;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Writes through the gateway that the polls of a thread look for until they are seen. Bounded: beyond the bound the oldest
 * is forgotten. Lives on the poller's context.
 */
public final class RefreshHints {
    private static final int MOST = 64;
    private static final int TRIES = 5;
    private static final int MOST_TRACES = 16;
    private static final long FIRST_DELAY_MS = 50;

    /** Parts of a thread that are listed besides the messages, when they are due or were written. */
    private static final Set<EventGroup> METADATA =
            EnumSet.of(EventGroup.PARTICIPANTS, EventGroup.RECEIPTS, EventGroup.PROPERTIES);

    /** Message id to the version from which on the write is seen. */
    private Map<Long, Long> expected = Collections.emptyMap();

    private List<Long> unseen = List.of();
    private Set<EventGroup> parts = Collections.emptySet();
    private List<String> traces = Collections.emptyList();
    /** How many writes of each part were noted, and how many of them a list has shown. */
    private Map<EventGroup, Integer> written = Collections.emptyMap();

    private Map<EventGroup, Integer> listed = Collections.emptyMap();
    private int tries;
    private boolean deleted;

    public void add(Poke hint, ThreadState state) {
        tries = 0;
        if (parts.isEmpty()) {
            parts = EnumSet.noneOf(EventGroup.class);
        }
        parts.addAll(hint.parts());
        parts.retainAll(METADATA);
        hint.parts().stream().filter(METADATA::contains).forEach(this::noteWrite);
        deleted |= hint.deleted();
        if (!hint.cause().isEmpty() && traces.size() < MOST_TRACES) {
            traces = Stream.concat(traces.stream(), Stream.of(hint.cause())).toList();
        }
        if (hint.messageId().isEmpty()) {
            return;
        }
        long id = Long.parseLong(hint.messageId());
        if (expected.isEmpty()) {
            expected = new LinkedHashMap<>();
        }
        expected.merge(id, state.requiredVersion(hint), Math::max);
        if (expected.size() > MOST) {
            Iterator<Long> oldest = expected.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** The traces of the writes that are looked for. */
    public List<String> causes() {
        return traces;
    }

    /** A poll has looked for writes with these traces: they are forgotten once all writes are seen. */
    public void lookedFor(List<String> writes) {
        if (expected.isEmpty() && !writes.isEmpty()) {
            traces = traces.subList(Math.min(writes.size(), traces.size()), traces.size());
        }
    }

    /** Forgets the writes that the window shows. */
    public void removeSeen(VersionWindow window) {
        expected.entrySet().removeIf(e -> window.versionOf(e.getKey()) >= e.getValue());
    }

    /** Removes and returns messages that no listing has shown after all tries. */
    public List<Long> removeUnseen() {
        List<Long> removed = unseen;
        unseen = List.of();
        return removed;
    }

    /** Removes a part; whether it was written. */
    public boolean removePart(EventGroup part) {
        return parts.remove(part);
    }

    private void noteWrite(EventGroup part) {
        if (written.isEmpty()) {
            written = new EnumMap<>(EventGroup.class);
            listed = new EnumMap<>(EventGroup.class);
        }
        written.merge(part, 1, Integer::sum);
    }

    /** How many writes of a part were noted so far: a list that is asked for now shows them. */
    public int writes(EventGroup part) {
        return written.getOrDefault(part, 0);
    }

    /** A list of a part has arrived that was asked for after so many writes. */
    public void listed(EventGroup part, int writes) {
        if (writes > 0) {
            listed.merge(part, writes, Math::max);
        }
    }

    /** Whether the last list of a part shows every write that was noted. */
    public boolean allListed(EventGroup part) {
        return writes(part) == listed.getOrDefault(part, 0);
    }

    boolean isEmpty() {
        return expected.isEmpty() && unseen.isEmpty() && parts.isEmpty() && !deleted;
    }

    /** Whether the thread was deleted through the gateway. */
    public boolean deleted() {
        return deleted;
    }

    /** Milliseconds until the next poll for writes that were not seen; -1 if there are none. Counts a try. */
    public long nextDelayMs() {
        if (expected.isEmpty()) {
            return -1;
        }
        long delay = FIRST_DELAY_MS << tries;
        if (tries++ == TRIES) {
            // The next poll reads them by id.
            unseen = List.copyOf(expected.keySet());
            expected.clear();
            traces = Collections.emptyList();
        }
        return delay;
    }
}
