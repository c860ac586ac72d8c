package dev.chatgateway.poll;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadProperties;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** All that the poller knows of one thread. Lives on the poller's context. */
final class ThreadState {
    private static final Roster NOBODY = new Roster(Map.of(), Instant.EPOCH);

    final String threadId;
    final MessageWindow window;
    final Watchers watchers = new Watchers();
    final Suspects suspects = new Suspects();
    final Pokes pokes = new Pokes();
    final Pace pace;

    ReceiptMarks marks = new ReceiptMarks();
    EventRing ring;
    OldStates old = new OldStates();
    HistorySweep sweep;

    Roster roster = NOBODY;

    @Nullable
    ThreadProperties properties;

    boolean read;
    boolean marksKnown;
    /** Somebody came back from a cursor before the marks were listed: which of them it missed nobody knows. */
    boolean marksOwed;

    boolean receiptsWanted;
    boolean rosterChanged;
    long sweptAt;
    long rosterDueAt;
    long propertiesDueAt;
    long receiptsReadAt;

    /** When a list of participants was last read, epoch milliseconds. */
    private long provenAt;

    private int rosterHash;

    private final Supplier<Set<EventGroup>> elsewhere;

    ThreadState(String threadId, Supplier<GatewayConfig.Poll> settings, RandomGenerator random) {
        this(threadId, settings, random, Set::of);
    }

    /** @param elsewhere what subscribers on other nodes want */
    ThreadState(
            String threadId,
            Supplier<GatewayConfig.Poll> settings,
            RandomGenerator random,
            Supplier<Set<EventGroup>> elsewhere) {
        this.threadId = threadId;
        this.elsewhere = elsewhere;
        GatewayConfig.Poll config = settings.get();
        window = new MessageWindow(config.window(), this::leftWindow);
        ring = new EventRing(config.ringEvents(), config.ringSeconds() * 1000L);
        sweep = new HistorySweep(settings);
        pace = new Pace(settings, random);
    }

    /** Where the thread stands now. */
    Position position() {
        ThreadProperties known = properties;
        return new Position(
                window.highestVersion(),
                window.highestIdsHash(),
                window.lowerBound(),
                window.size(),
                window.hash(),
                rosterHash,
                known == null ? 0 : Hashes.properties(known),
                marks.hash());
    }

    /** Takes a roster over, read or mended by an event. */
    void roster(Roster newer) {
        rosterChanged |= !newer.members().equals(roster.members());
        roster = newer;
        rosterHash = Hashes.roster(newer);
        provenAt = Math.max(provenAt, newer.readAt().toEpochMilli());
    }

    /** Whether what proves the members is too old to read or tell anything on its strength. */
    boolean unproven(long now) {
        return now - provenAt >= Proofs.LIFE_MS;
    }

    /** Takes over what was known before the thread was parked. */
    void restored(Roster roster, @Nullable ThreadProperties properties) {
        roster(roster);
        rosterChanged = false;
        this.properties = properties;
        read = true;
    }

    /** Whether nothing is under way or expected, so that the thread can be parked. */
    boolean rests(long now) {
        return read
                && !receiptsWanted
                && !rosterChanged
                && suspects.isEmpty()
                && pokes.isEmpty()
                && watchers.allServed()
                && pace.rests(now);
    }

    /** The version of the message that a poke names from which on what was written is known here. */
    long wanted(Poke poke) {
        // The service answers an edit without the new version: any newer than the one known must be it.
        return poke.version() > 0 || !poke.parts().contains(EventGroup.EDITS)
                ? Math.max(1, poke.version())
                : window.versionOf(Long.parseLong(poke.messageId())) + 1;
    }

    /** Whether any subscriber, here or elsewhere, wants the group. */
    boolean wants(EventGroup group) {
        return watchers.wants(group) || elsewhere.get().contains(group);
    }

    /** Whether anybody on another node wants anything. */
    boolean wantedElsewhere() {
        return !elsewhere.get().isEmpty();
    }

    private void leftWindow(long id, long version) {
        old.left(id, version);
    }

    /** Time of the oldest message whose edits and deletes are seen. */
    Instant horizon() {
        ThreadProperties known = properties;
        long from = Math.min(window.lowerBound(), old.reach());
        return from == 0 && known != null ? known.createdOn() : Instant.ofEpochMilli(from);
    }

    /** How old a change of a message since the horizon may be when it is told, in milliseconds. */
    long horizonStaleness(GatewayConfig.Poll config, long now) {
        long inWindow = config.windowSeconds() * 1000L;
        boolean swept = old.reach() < window.lowerBound();
        return pace.staleness() + (swept ? Math.max(inWindow, sweep.staleness(now)) : inWindow);
    }
}
