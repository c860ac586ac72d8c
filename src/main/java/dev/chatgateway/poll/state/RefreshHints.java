package dev.chatgateway.poll.state;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.poll.diff.VersionWindow;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What writes through the gateway have made a thread look for. Bounded: beyond it the oldest wish is forgotten. */
public final class RefreshHints {
    private static final int KEPT = 64;
    private static final int TRIES = 5;
    private static final int CAUSES = 16;
    private static final long FIRST_WAIT_MS = 50;

    /** What is read beside the messages, when it is due or was written. */
    private static final Set<EventGroup> BESIDE =
            EnumSet.of(EventGroup.PARTICIPANTS, EventGroup.RECEIPTS, EventGroup.PROPERTIES);

    private Map<Long, Long> wanted = Collections.emptyMap();
    private List<Long> unseen = List.of();
    private Set<EventGroup> parts = Collections.emptySet();
    private List<String> causes = Collections.emptyList();
    private int tries;
    private boolean deleted;

    /** Takes a wish up. */
    public void add(Poke poke, ThreadState state) {
        tries = 0;
        if (parts.isEmpty()) {
            parts = EnumSet.noneOf(EventGroup.class);
        }
        parts.addAll(poke.parts());
        parts.retainAll(BESIDE);
        deleted |= poke.deleted();
        if (!poke.cause().isEmpty() && causes.size() < CAUSES) {
            causes = Stream.concat(causes.stream(), Stream.of(poke.cause())).toList();
        }
        if (poke.messageId().isEmpty()) {
            return;
        }
        long id = Long.parseLong(poke.messageId());
        if (wanted.isEmpty()) {
            wanted = new LinkedHashMap<>();
        }
        wanted.merge(id, state.wanted(poke), Math::max);
        if (wanted.size() > KEPT) {
            Iterator<Long> oldest = wanted.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** The writes that are looked for, in their traces. */
    public List<String> causes() {
        return causes;
    }

    /** They were looked for: those of which nothing is missing are forgotten. */
    public void lookedFor(List<String> writes) {
        if (wanted.isEmpty() && !writes.isEmpty()) {
            causes = causes.subList(Math.min(writes.size(), causes.size()), causes.size());
        }
    }

    /** Forgets what the window has by now. */
    public void seen(VersionWindow window) {
        wanted.entrySet().removeIf(e -> window.versionOf(e.getKey()) >= e.getValue());
    }

    /** Messages that were looked for often enough and that no listing has shown, once. */
    public List<Long> takeUnseen() {
        List<Long> taken = unseen;
        unseen = List.of();
        return taken;
    }

    /** Whether a part beside the messages was written, once. */
    public boolean takePart(EventGroup part) {
        return parts.remove(part);
    }

    /** Whether nothing is looked for. */
    boolean isEmpty() {
        return wanted.isEmpty() && unseen.isEmpty() && parts.isEmpty() && !deleted;
    }

    /** Whether somebody deleted the thread through the gateway. */
    public boolean deleted() {
        return deleted;
    }

    /** Milliseconds until the next look for what is still missing; -1: nothing is. */
    public long nextWait() {
        if (wanted.isEmpty()) {
            return -1;
        }
        long wait = FIRST_WAIT_MS << tries;
        if (tries++ == TRIES) {
            // The next round reads them by name.
            unseen = List.copyOf(wanted.keySet());
            wanted.clear();
            causes = Collections.emptyList();
        }
        return wait;
    }
}
