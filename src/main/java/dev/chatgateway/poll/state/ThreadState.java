package dev.chatgateway.poll.state;

import dev.chatgateway.config.GatewayConfig;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Position;
import dev.chatgateway.event.RecentStates;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed.Poke;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.EndReason;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.metrics.GatewayMetrics;
import dev.chatgateway.metrics.PollMetrics;
import dev.chatgateway.poll.access.PollSubscribers;
import dev.chatgateway.poll.access.ProofAge;
import dev.chatgateway.poll.access.RefusedUsers;
import dev.chatgateway.poll.diff.Hashes;
import dev.chatgateway.poll.diff.LateStates;
import dev.chatgateway.poll.diff.MessageRing;
import dev.chatgateway.poll.diff.ReceiptMarks;
import dev.chatgateway.poll.diff.ResumeLimit;
import dev.chatgateway.poll.diff.VersionWindow;
import dev.chatgateway.poll.schedule.PollInterval;
import dev.chatgateway.poll.source.MessageLister;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** All that the poller knows of one thread. Lives on the poller's context. */
public final class ThreadState {
    private static final Roster NOBODY = new Roster(Map.of(), Instant.EPOCH);
    private static final long LARGEST_OVERLAP_MS = 600_000;
    /** Pairs of the window at most; the published limits allow 150 writes to a thread in the time of the ring. */
    private static final int MOST_PAIRS = 2_048;

    public final String threadId;
    public final VersionWindow window = new VersionWindow();
    final LateStates late = new LateStates();
    public final ResumeLimit resumeLimit = new ResumeLimit();
    public final PollSubscribers watchers = new PollSubscribers();
    public final RefusedUsers suspects = new RefusedUsers();
    public final RefreshHints pokes = new RefreshHints();
    public final PollInterval pace;

    public ReceiptMarks marks = new ReceiptMarks();
    public MessageRing ring;

    public Roster roster = NOBODY;

    public @Nullable ThreadProperties properties;

    public boolean read;
    public boolean marksKnown;
    /** Somebody came back from a cursor before the marks were listed: which of them it missed nobody knows. */
    public boolean marksOwed;

    public boolean receiptsWanted;
    public boolean rosterChanged;
    /** The window knows messages that arrived from then on, epoch milliseconds: its reader sees no earlier ones. */
    public long reach;
    /** A read receipt from before then is no news when receipts are listed for the first time. */
    public long receiptsNewsFrom;
    /** The mark of the node that polls the thread for this one, as it said last. */
    public long leaderMark;
    /** Since when listings are older than what is known, epoch milliseconds; 0 when they are not. */
    public long staleSince;
    /** The last round told news first instead of listing down to the positions of resuming subscribers. */
    public boolean resumesDeferred;

    public long rosterDueAt;
    public long propertiesDueAt;
    public long receiptsReadAt;

    /** When a list of participants was last read, epoch milliseconds. */
    private long provenAt;

    private int rosterHash;

    private final Supplier<GatewayConfig.Poll> settings;
    private final Supplier<Set<EventGroup>> elsewhere;

    public ThreadState(String threadId, Supplier<GatewayConfig.Poll> settings, RandomGenerator random) {
        this(threadId, settings, random, Set::of);
    }

    /** @param elsewhere what subscribers on other nodes want */
    public ThreadState(
            String threadId,
            Supplier<GatewayConfig.Poll> settings,
            RandomGenerator random,
            Supplier<Set<EventGroup>> elsewhere) {
        this.threadId = threadId;
        this.elsewhere = elsewhere;
        GatewayConfig.Poll config = settings.get();
        this.settings = settings;
        ring = new MessageRing(config.ringEvents(), config.ringSeconds() * 1000L);
        pace = new PollInterval(settings, random);
    }

    /** Up to where everything is known now. */
    public Position position(long now) {
        ThreadProperties known = properties;
        return new Position(
                window.mark(),
                window.recentStates(overlapMs(now)),
                rosterHash,
                known == null ? 0 : Hashes.properties(known),
                marks.hash());
    }

    /** The states around the mark: nodes that know the same have the same, as they have the same configuration. */
    public RecentStates recent() {
        return window.statesAbove(window.mark() - settings.get().overlapMs());
    }

    /** How much later than one with a higher version a state may be listed, in milliseconds of version time. */
    public long overlapMs(long now) {
        return late.overlapMs(settings.get().overlapMs(), now);
    }

    /**
     * A pass lists down to this version: an overlap below the mark, or less where one page would not hold the states in
     * between.
     */
    public long stop(long now) {
        return window.withAtMostAbove(
                window.mark() - overlapMs(now), MessageLister.LARGEST_PAGE - VersionWindow.MIN_PAIRS);
    }

    /** The version above which somebody may lack states who has everything up to a version. */
    public long low(long version, long now) {
        return late.completeUpTo(version, version - overlapMs(now), now);
    }

    /** The same for the holder of a position, who may have begun within the overlap. */
    public long low(Position position, long now) {
        long overlapMs = overlapMs(now);
        int spanMs = position.recent().spanMs();
        long low = position.version() - (spanMs == 0 ? overlapMs : Math.min(overlapMs, spanMs));
        return late.completeUpTo(position.version(), low, now);
    }

    /** The earliest time from which on any subscriber here sees messages: a listing must reach back to it. */
    public long neededReach() {
        return watchers.lowestVisibleFrom(roster);
    }

    /** Notes states that are listed later than the overlap allows: clients with newer cursors may lack them. */
    public void noteLate(List<ChatMessage> news, PollMetrics metrics, long now) {
        long stop = window.mark() - overlapMs(now);
        for (ChatMessage message : news) {
            if (message.version() <= stop) {
                metrics.lateState();
                ring.clear();
                late.record(message.version(), window.mark(), LARGEST_OVERLAP_MS, now);
            }
        }
    }

    /** Whether the state that a push names was listed before: Event Grid repeats its pushes for a day. */
    public boolean knows(Poke poke, long now) {
        return poke.version() > 0 && poke.version() <= low(window.mark(), now);
    }

    /** Keeps what a poll has found for subscribers who resume. */
    public void remember(PollResult result, boolean inOrder, GatewayMetrics metrics, long now) {
        ring.add(result.published(), result.markBefore(), now);
        if (prune(now, inOrder)) {
            metrics.limitHit("poll.pairs");
        }
    }

    /** Drops what no cursor that the ring helps needs, and what is too much; whether there was too much. */
    public boolean prune(long now, boolean inOrder) {
        ring.expire(now);
        // A thread that may not be listed by version is compared with all that its last listing had.
        int least = inOrder ? VersionWindow.MIN_PAIRS : MessageLister.LARGEST_PAGE;
        window.prune(ring.startMark(window.mark()) - overlapMs(now), least);
        boolean tooMuch = window.size() > MOST_PAIRS;
        if (tooMuch) {
            window.prune(Long.MAX_VALUE, MOST_PAIRS);
        }
        return tooMuch;
    }

    /** Takes a roster over, read or mended by an event. */
    public void roster(Roster newer) {
        rosterChanged |= !newer.members().equals(roster.members());
        roster = newer;
        rosterHash = Hashes.roster(newer);
        provenAt = Math.max(provenAt, newer.readAt().toEpochMilli());
    }

    /** Whether what proves the members is too old to read or tell anything on its strength. */
    public boolean unproven(long now) {
        return now - provenAt >= ProofAge.LIFE_MS;
    }

    /**
     * Users whose delivery is held back and whom the participants do not name any more: hubs end others by the
     * participants of an update, and would hold that update back for these.
     */
    public Optional<Notice> endHeldBack() {
        Set<String> gone = watchers.nonMembers(roster);
        gone.removeIf(userId -> !watchers.isPaused(userId));
        gone.forEach(suspects::clear);
        return gone.isEmpty() ? Optional.empty() : Optional.of(new Notice.Ended(gone, EndReason.REMOVED));
    }

    /** Takes over what was known before the thread was parked. */
    public void restored(Roster roster, @Nullable ThreadProperties properties) {
        roster(roster);
        rosterChanged = false;
        this.properties = properties;
        read = true;
    }

    /** Whether nothing is under way or expected, so that the thread can be parked. */
    public boolean rests(long now) {
        return read
                && !receiptsWanted
                && !rosterChanged
                && suspects.isEmpty()
                && pokes.isEmpty()
                && watchers.nonePaused()
                && pace.rests(now);
    }

    /** The version of the message that a poke names from which on what was written is known here. */
    public long wanted(Poke poke) {
        // The service answers an edit without the new version: any newer than the one known must be it.
        return poke.version() > 0 || !poke.parts().contains(EventGroup.EDITS)
                ? Math.max(1, poke.version())
                : window.versionOf(Long.parseLong(poke.messageId())) + 1;
    }

    /** Whether any subscriber, here or elsewhere, wants the group. */
    public boolean wants(EventGroup group) {
        return watchers.anySelects(group) || elsewhere.get().contains(group);
    }

    /** Whether anybody on another node wants anything. */
    public boolean wantedElsewhere() {
        return !elsewhere.get().isEmpty();
    }

    /** Time of the oldest message whose edits and deletes are seen: the whole thread, if the service lists it in order. */
    public Instant horizon(boolean inOrder) {
        ThreadProperties known = properties;
        return inOrder && known != null ? known.createdOn() : Instant.ofEpochMilli(window.oldestId());
    }

    /** How old an edit or delete may be when it is published, in milliseconds: the list of threads may not show it. */
    public long horizonStaleness(Freshness freshness) {
        return freshness.source() == Freshness.Source.DIGEST
                ? settings.get().listSeconds() * 1000L + pace.staleness()
                : freshness.maxStalenessMs();
    }
}
