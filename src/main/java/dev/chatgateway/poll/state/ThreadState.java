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
import dev.chatgateway.event.ThreadSnapshot;
import dev.chatgateway.event.ThreadSnapshot.Part;
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
    final LateStates lateStates = new LateStates();
    public final ResumeLimit resumeLimit = new ResumeLimit();
    public final PollSubscribers subscribers = new PollSubscribers();
    public final RefusedUsers refusedUsers = new RefusedUsers();
    public final TypingUsers typing = new TypingUsers();
    public final RefreshHints refreshHints = new RefreshHints();
    public final PollInterval interval;

    public ReceiptMarks receiptMarks = new ReceiptMarks();
    public MessageRing ring;

    public Roster roster = NOBODY;

    public @Nullable ThreadProperties properties;

    /** Whether the messages have been listed once, so that the window is complete down to its lower bound. */
    public boolean polled;

    public boolean receiptMarksKnown;
    /** A client resumed before the receipts were listed: the first listing publishes all of them, as it may lack any. */
    public boolean receiptMarksOwed;

    /** The newest messages, while a subscriber includes the number of unread ones; null until they are listed. */
    public ThreadSnapshot.@Nullable Recent recentMessages;
    /** From when on the user whose token listed the newest messages sees messages, epoch milliseconds. */
    public long recentMessagesSeenFrom;

    public boolean receiptsWanted;
    /** The participants have changed since the last update was published. */
    public boolean rosterChanged;
    /**
     * The window holds every change of messages that arrived from then on, epoch milliseconds: users whose tokens were
     * used see no earlier ones. A lower number reaches further back; 0 is the whole thread.
     */
    public long reach;
    /** A read receipt from before then is not published when receipts are listed for the first time. */
    public long receiptsNewsFrom;
    /** The leader's mark in its last update; this node raises its own to it after a full listing. */
    public long leaderMark;
    /** Since when listings are older than what is known, epoch milliseconds; 0 when they are not. */
    public long staleSince;
    /** The last poll published changes before it listed down to the positions of resuming subscribers. */
    public boolean resumesDeferred;

    public long rosterDueAt;
    public long propertiesDueAt;
    public long receiptsReadAt;
    /** When the last successful list of receipts was asked for, epoch milliseconds. */
    public long receiptsListedAt;

    /** When the service last listed the participants, epoch milliseconds. */
    private long provenAt;

    private int rosterHash;

    private final Supplier<GatewayConfig.Poll> settings;
    private final Supplier<Set<EventGroup>> groupsOfFollowers;

    public ThreadState(String threadId, Supplier<GatewayConfig.Poll> settings, RandomGenerator random) {
        this(threadId, settings, random, Set::of);
    }

    /** @param groupsOfFollowers the event groups that subscribers on followers want */
    public ThreadState(
            String threadId,
            Supplier<GatewayConfig.Poll> settings,
            RandomGenerator random,
            Supplier<Set<EventGroup>> groupsOfFollowers) {
        this.threadId = threadId;
        this.groupsOfFollowers = groupsOfFollowers;
        GatewayConfig.Poll config = settings.get();
        this.settings = settings;
        ring = new MessageRing(config.ringEvents(), config.ringSeconds() * 1000L);
        interval = new PollInterval(settings, random);
    }

    /** The position of a subscriber that has everything that is known now. */
    public Position position(long now) {
        ThreadProperties known = properties;
        return new Position(
                window.mark(),
                window.recentStates(overlapMs(now)),
                rosterHash,
                known == null ? 0 : Hashes.properties(known),
                receiptMarks.hash());
    }

    /** What a subscriber can be told of the thread now. */
    public ThreadSnapshot snapshot() {
        boolean receipts = receiptMarksKnown && roster.small();
        return new ThreadSnapshot(receipts ? receiptMarks.list() : null, typing.list(), recentMessages);
    }

    /**
     * Whether a poll would add nothing to the state that a subscriber includes.
     *
     * @param inOrder whether the service lists the thread by version; if not, the number of unread messages stays unknown
     */
    public boolean knows(Set<Part> include, boolean inOrder) {
        return include.isEmpty()
                || !roster.small()
                || ((receiptMarksKnown || include.stream().noneMatch(Part::needsReceipts))
                        && (recentMessages != null || !inOrder || !include.contains(Part.INBOX)));
    }

    /** Whether a subscriber includes what needs the receipts, which were not listed yet. */
    public boolean lacksIncludedReceipts() {
        return !receiptMarksKnown && roster.small() && subscribers.anyIncludes(Part::needsReceipts);
    }

    /** The states around the mark. Nodes with the same window and configuration have the same. */
    public RecentStates recent() {
        return window.statesAbove(window.mark() - settings.get().overlapMs());
    }

    /** How much later than a state with a higher version a state may be listed, in milliseconds of version time. */
    public long overlapMs(long now) {
        return lateStates.overlapMs(settings.get().overlapMs(), now);
    }

    /**
     * The version down to which a poll lists: an overlap below the mark, or less where one page would not hold the states
     * in between.
     */
    public long listDownTo(long now) {
        return window.withAtMostAbove(
                window.mark() - overlapMs(now), MessageLister.LARGEST_PAGE - VersionWindow.MIN_PAIRS);
    }

    /** A client that stopped at the given version has every state up to the returned one, and may lack states above it. */
    public long completeUpTo(long version, long now) {
        return lateStates.completeUpTo(version, version - overlapMs(now), now);
    }

    /** The same for the holder of a position, whose subscription may have started within the overlap. */
    public long completeUpTo(Position position, long now) {
        long overlapMs = overlapMs(now);
        int spanMs = position.recent().spanMs();
        long low = position.version() - (spanMs == 0 ? overlapMs : Math.min(overlapMs, spanMs));
        long completeUpTo = lateStates.completeUpTo(position.version(), low, now);
        return position.metadata() instanceof Position.Since since
                ? Math.max(completeUpTo, since.time())
                : completeUpTo;
    }

    /** The earliest time from which on any subscriber here sees messages: a listing must reach back to it. */
    public long neededReach() {
        return subscribers.lowestVisibleFrom(roster);
    }

    /** Notes states that are listed later than the overlap allows: clients with newer cursors may lack them. */
    public void noteLate(List<ChatMessage> news, PollMetrics metrics, long now) {
        long stop = window.mark() - overlapMs(now);
        for (ChatMessage message : news) {
            if (message.version() <= stop) {
                metrics.lateState();
                ring.clear();
                lateStates.record(message.version(), window.mark(), LARGEST_OVERLAP_MS, now);
            }
        }
    }

    /** Whether the state that a push names was listed before. Event Grid repeats pushes for a day. */
    public boolean knows(Poke push, long now) {
        return push.version() > 0 && push.version() <= completeUpTo(window.mark(), now);
    }

    /** Keeps what a poll has found for subscribers who resume. */
    public void appendToRing(PollResult result, boolean inOrder, GatewayMetrics metrics, long now) {
        ring.add(result.published(), result.markBefore(), now);
        if (prune(now, inOrder)) {
            metrics.limitHit("poll.pairs");
        }
    }

    /**
     * Drops states that no cursor needs which the ring can serve, and those beyond the bound.
     *
     * @param inOrder whether the service lists the thread by version; if not, a poll compares with the whole last listing
     * @return whether states beyond the bound were dropped
     */
    public boolean prune(long now, boolean inOrder) {
        ring.expire(now);
        int least = inOrder ? VersionWindow.MIN_PAIRS : MessageLister.LARGEST_PAGE;
        window.prune(ring.startMark(window.mark()) - overlapMs(now), least);
        boolean tooMuch = window.size() > MOST_PAIRS;
        if (tooMuch) {
            window.prune(Long.MAX_VALUE, MOST_PAIRS);
        }
        return tooMuch;
    }

    /** Takes over a roster that was listed, or changed by an event. */
    public void updateRoster(Roster newer) {
        rosterChanged |= !newer.members().equals(roster.members());
        roster = newer;
        rosterHash = Hashes.roster(newer);
        provenAt = Math.max(provenAt, newer.readAt().toEpochMilli());
    }

    /** Whether the last list of participants is too old to list messages or publish events on its strength. */
    public boolean unproven(long now) {
        return now - provenAt >= ProofAge.LIFE_MS;
    }

    /**
     * Ends paused users whom the participants do not name any more. Hubs end other removed users by the participants of an
     * update, but would hold that update back for these.
     */
    public Optional<Notice> endHeldBack() {
        Set<String> gone = subscribers.nonMembers(roster);
        gone.removeIf(userId -> !subscribers.isPaused(userId));
        gone.forEach(refusedUsers::clear);
        return gone.isEmpty() ? Optional.empty() : Optional.of(new Notice.Ended(gone, EndReason.REMOVED));
    }

    /** Takes over what was known before the thread became idle. */
    public void restore(Roster known, @Nullable ThreadProperties knownProperties) {
        updateRoster(known);
        rosterChanged = false;
        properties = knownProperties;
        polled = true;
    }

    /** Whether nothing is under way or expected, so that the thread can become idle. */
    public boolean isIdle(long now) {
        return polled
                && !receiptsWanted
                && !rosterChanged
                && refusedUsers.isEmpty()
                && refreshHints.isEmpty()
                && typing.isEmpty()
                && subscribers.nonePaused()
                && interval.isIdle(now);
    }

    /** The version of the hint's message from which on the write is known here. */
    public long requiredVersion(Poke hint) {
        // The service answers an edit without the new version: any version newer than the known one must be it.
        return hint.version() > 0 || !hint.parts().contains(EventGroup.EDITS)
                ? Math.max(1, hint.version())
                : window.versionOf(Long.parseLong(hint.messageId())) + 1;
    }

    /** Whether any subscriber, here or on a follower, wants the group. */
    public boolean wants(EventGroup group) {
        return subscribers.anySelects(group) || groupsOfFollowers.get().contains(group);
    }

    /** Whether a subscriber on a follower wants anything. */
    public boolean wantedByFollowers() {
        return !groupsOfFollowers.get().isEmpty();
    }

    /** Time of the oldest message whose edits and deletes are found: the whole thread, if the service lists it in order. */
    public Instant horizon(boolean inOrder) {
        ThreadProperties known = properties;
        return inOrder && known != null ? known.createdOn() : Instant.ofEpochMilli(window.oldestId());
    }

    /** How old an edit or delete may be when it is published, in milliseconds: a thread list may not show it. */
    public long horizonStaleness(Freshness freshness) {
        return freshness.source() == Freshness.Source.DIGEST
                ? settings.get().listSeconds() * 1000L + interval.stalenessMs()
                : freshness.maxStalenessMs();
    }
}
