package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadSnapshot.Part;
import dev.chatgateway.event.ThreadSnapshot.Recent;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.access.HistoryVisibility;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.cycle.TokenRotation.Response;
import dev.chatgateway.poll.diff.VersionWindow;
import dev.chatgateway.poll.source.MessageLister;
import dev.chatgateway.poll.source.MessageLister.Listing;
import dev.chatgateway.poll.source.MessageLister.Range;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of a poll that lists the thread's messages, from the newest change down to the mark less the overlap, and
 * applies the new states. A pass is full if its token shows all messages that any subscriber sees. Only a full pass
 * moves the mark. Any other pass publishes the states that it shows, which stay above the mark until the next full
 * pass. Used on the poller's context.
 */
final class MessagePass {
    private static final Logger LOG = LoggerFactory.getLogger(MessagePass.class);

    /**
     * A version that is further than this ahead of the service's clock does not move the mark: one version that is an
     * hour ahead would hide all changes of the next hour. Longer than the error of the known clock offset, about a
     * second, and shorter than the overlap, so that the states that follow such a version are not taken for late.
     */
    private static final long MAX_AHEAD_MS = 2_000;
    /**
     * States above the mark that passes which are not full may leave. Beyond it the mark is raised without a full pass.
     */
    private static final int MAX_ABOVE_MARK = 512;
    /** Users whose stale listings one poll tolerates before it ends. */
    private static final int MAX_STALE_READERS = 3;
    /** If listings seem stale for longer than this, the service is taken not to list by version. */
    private static final long STALE_LIMIT_MS = 120_000;
    /**
     * Most that the service's clock may be behind this node's, for the comparison of read receipts with the first pass.
     */
    private static final long MAX_CLOCK_LAG_MS = 60_000;

    private final ThreadState state;
    private final PollContext context;
    private final TokenRotation rotation;
    private final ChangeEvents changes;
    private final ResumeResolver resumeResolver;
    private final Priority priority;
    private final List<Notice> notices;
    private final boolean inOrder;
    /** The leader's mark before this pass; this node may have been its follower until now. */
    private final long leaderMark;
    /** Users whose listing lacked a known state. */
    private final Set<String> staleReaders = new HashSet<>();

    private boolean listed;
    private boolean full;
    /** Whether this pass lists a full page because a pending subscriber includes the number of unread messages. */
    private boolean counts;

    /** @param notices receives the notices for subscribers */
    MessagePass(
            ThreadState state,
            PollContext context,
            TokenRotation rotation,
            ChangeEvents changes,
            ResumeResolver resumeResolver,
            Priority priority,
            List<Notice> notices) {
        this.state = state;
        this.context = context;
        this.rotation = rotation;
        this.changes = changes;
        this.resumeResolver = resumeResolver;
        this.priority = priority;
        this.notices = notices;
        leaderMark = state.leaderMark;
        inOrder =
                !context.listOrder().doubted(state.threadId, context.scheduler().now());
    }

    /** Whether a listing succeeded, stale or not. */
    boolean listed() {
        return listed;
    }

    /** Whether the pass was full: every state up to its begin is known, except states that the service lists late. */
    boolean full() {
        return full;
    }

    /** Whether there were listings, and each of them lacked a state that was known before. */
    boolean allListingsStale() {
        return !full && !staleReaders.isEmpty();
    }

    /** Lists and applies new states. Fails as the calls do; then the thread's messages are unchanged. */
    Future<Void> run(List<PendingSubscription> pending) {
        counts = inOrder && lacksRecentMessages(pending);
        OptionalLong resumeDepth = resumeResolver.requiredDepth(pending);
        Range range = range(resumeDepth, pending);
        MessageLister lister = new MessageLister(
                context.source(), state.threadId, context.config().pages());
        Predicate<PollSubscriber> withQuota = withQuota();
        return rotation.call(
                        state.neededReach(),
                        s -> !staleReaders.contains(s.userId()) && withQuota.test(s),
                        s -> lister.list(s.token(), range, priority))
                .onFailure(failed -> state.resumesDeferred = false)
                .compose(response -> {
                    if (response.isPresent()
                            && !applyListing(response.get(), resumeDepth)
                            && staleReaders.size() < MAX_STALE_READERS) {
                        return run(pending);
                    }
                    return Future.succeededFuture();
                });
    }

    /** @param resumeDepth the version that a listing must reach for resuming subscribers; empty if for none */
    private Range range(OptionalLong resumeDepth, List<PendingSubscription> pending) {
        if (!inOrder) {
            return new Range(MessageLister.LARGEST_PAGE, 0, Long.MAX_VALUE, listed -> Long.MAX_VALUE);
        }
        return state.polled ? nextRange(resumeDepth) : firstRange(resumeDepth, pending);
    }

    /** Whether a pending subscriber asks for a count that the known newest messages do not give. */
    private boolean lacksRecentMessages(List<PendingSubscription> pending) {
        boolean known = state.recentMessages != null && state.recentMessagesSeenFrom <= state.neededReach();
        return !known
                && state.roster.small()
                && pending.stream()
                        .anyMatch(p -> p.proven() && p.subscriber().included().contains(Part.INBOX));
    }

    /** Keeps the newest messages of a listing that may be the first, or one after a gap, while somebody includes a count. */
    private void keepRecentMessages(Listing listing, long visibleFrom, boolean begun) {
        if (state.recentMessages == null && !counts && !begun) {
            return;
        }
        if (!inOrder || !state.roster.small() || !state.subscribers.anyIncludes(Part.INBOX::equals)) {
            state.recentMessages = null;
        } else if (counts || begun) {
            // Every message that arrived after the lowest listed version was listed: its version is not below its id.
            long completeFrom = Math.max(visibleFrom, Math.max(-1, listing.bottom()) + 1);
            state.recentMessages = Recent.of(listing.messages(), completeFrom);
            state.recentMessagesSeenFrom = visibleFrom;
        }
    }

    /**
     * The first pass lists one overlap. It has no mark to meet, so it need not list more than a page if the overlap
     * holds very many changes, unless a resuming subscriber needs more. A subscriber that begins at a time usually lacks
     * nothing, so that a short page serves it.
     */
    private Range firstRange(OptionalLong resumeDepth, List<PendingSubscription> pending) {
        long now = context.scheduler().now();
        boolean resumes = resumeDepth.isPresent();
        long resumeVersion = resumeDepth.orElse(Long.MAX_VALUE);
        boolean deep = pending.stream().flatMap(p -> p.resumeFrom().stream()).anyMatch(position -> !position.isStart());
        return new Range(
                deep || counts ? MessageLister.LARGEST_PAGE : VersionWindow.MIN_PAIRS,
                resumes ? Integer.MAX_VALUE : MessageLister.LARGEST_PAGE,
                Long.MAX_VALUE,
                listed -> listed.isEmpty()
                        ? Long.MIN_VALUE
                        : Math.min(listed.get(0).version() - state.overlapMs(now), resumeVersion));
    }

    /**
     * A later pass lists down to the mark less the overlap, and further for resuming subscribers. If there are new
     * states, it publishes them first, and the listing for resuming subscribers is left to the next poll. This happens
     * only once in a row.
     */
    private Range nextRange(OptionalLong resumeDepth) {
        long stop = state.listDownTo(context.scheduler().now());
        long deepest = Math.min(stop, resumeDepth.orElse(stop));
        boolean mayDefer = deepest < stop && !state.resumesDeferred;
        int usualSize = Math.min(MessageLister.LARGEST_PAGE, state.window.countAbove(stop) + VersionWindow.MIN_PAIRS);
        return new Range(
                deepest < stop || counts ? MessageLister.LARGEST_PAGE : usualSize,
                Integer.MAX_VALUE,
                stop,
                listed -> mayDefer && !state.window.newStates(listed).isEmpty() ? stop : deepest);
    }

    /**
     * A condition that prefers tokens with quota left for a listing, where the subscribers see different parts of the
     * history. It admits all tokens if none has quota left.
     */
    private Predicate<PollSubscriber> withQuota() {
        long needed = state.neededReach();
        boolean allSeeAlike = state.subscribers.all().stream()
                .allMatch(s -> HistoryVisibility.visibleFrom(state.roster, s.userId()) <= needed);
        if (allSeeAlike) {
            return s -> true;
        }
        Predicate<PollSubscriber> withQuota = s -> context.source().messagesEarliestMs(s.token(), state.threadId) == 0;
        return state.subscribers.all().stream().anyMatch(withQuota) ? withQuota : s -> true;
    }

    /** Applies a listing; returns false, and changes no message state, if it is stale. */
    private boolean applyListing(Response<Listing> response, OptionalLong resumeDepth) {
        Listing listing = response.value();
        String reader = response.subscriber().userId();
        long visibleFrom = HistoryVisibility.visibleFrom(state.roster, reader);
        long now = context.scheduler().now();
        listed = true;
        if (!listing.inOrder()) {
            violated(state, context, notices);
        }
        if (state.polled && inOrder && isStale(listing, visibleFrom, now)) {
            staleReaders.add(reader);
            state.rosterDueAt = 0;
            return false;
        }
        state.staleSince = 0;
        state.resumesDeferred = false;
        boolean gap = state.polled && inOrder && listing.bottom() > state.listDownTo(now);
        boolean begins = !state.polled || gap;
        if (begins) {
            beginWindow(listing, visibleFrom);
        } else {
            applyNewStates(listing, reader, visibleFrom);
        }
        keepRecentMessages(listing, visibleFrom, begins);
        state.refreshHints.removeSeen(state.window);
        resumeResolver.useListing(listing.messages(), listing.bottom(), visibleFrom);
        if (resumeDepth.isPresent() && listing.bottom() > resumeDepth.getAsLong()) {
            if (listing.complete()) {
                state.resumesDeferred = true;
            } else {
                state.resumeLimit.giveUp(listing.bottom(), now);
                context.metrics().limitHit("poll.resumePages");
            }
        }
        return true;
    }

    /**
     * Whether the listing lacks a known state that the reader should see at its top. Causes: the reader was removed
     * from the thread, so that its listing no longer changes, or a replica of the service lags behind.
     */
    private boolean isStale(Listing listing, long visibleFrom, long now) {
        if (!state.window.hasStateAbove(listing.top(), visibleFrom)) {
            return false;
        }
        state.staleSince = state.staleSince == 0 ? now : state.staleSince;
        if (now - state.staleSince < STALE_LIMIT_MS) {
            return true;
        }
        // No listing has shown the known state at its top for long, so the listings are not in order of version.
        violated(state, context, notices);
        state.polled = false;
        return false;
    }

    private void applyNewStates(Listing listing, String reader, long visibleFrom) {
        long now = context.scheduler().now();
        VersionWindow window = state.window;
        long mark = window.mark();
        boolean showsAll = visibleFrom <= state.neededReach();
        List<ChatMessage> newStates =
                inOrder ? window.newStates(listing.messages()) : window.newStatesInAnyOrder(listing.messages());
        if (showsAll && visibleFrom < state.reach) {
            newStates = withoutEarlierHistory(newStates, listing);
        }
        full = showsAll && newStates.stream().noneMatch(m -> changesMembershipOf(m, reader));
        if (inOrder) {
            state.noteLate(newStates, context.metrics().polls(), now);
        }
        changes.applyMessages(newStates, full ? limitMark(listing.top()) : mark);
        if (full) {
            // The pass began after the leader's mark was received, so every state up to that mark is known now, even if
            // the reader does not see the newest message.
            window.raiseMark(limitMark(Math.max(listing.top(), leaderMark)));
            state.reach = visibleFrom;
        } else if (window.countAbove(mark) > MAX_ABOVE_MARK) {
            context.metrics().limitHit("poll.aboveMark");
            window.raiseMark(limitMark(listing.top()));
            state.reach = visibleFrom;
            resync(Cause.PARTIAL_VIEW);
        }
        if (!inOrder) {
            listing.messages().forEach(m -> window.put(m.arrivedAt(), m.version()));
        }
    }

    /**
     * The first full pass for a subscriber who sees more of the history than those before: older changes of the
     * messages that only this subscriber sees are no events. The client lists them itself, or resumes from this
     * listing.
     */
    private List<ChatMessage> withoutEarlierHistory(List<ChatMessage> newStates, Listing listing) {
        List<ChatMessage> remaining = new ArrayList<>();
        long hiddenBefore = HistoryVisibility.hiddenBefore(state.reach);
        for (ChatMessage message : newStates) {
            if (message.arrivedAt() < hiddenBefore) {
                state.window.put(message.arrivedAt(), message.version());
            } else {
                remaining.add(message);
            }
        }
        state.window.raiseLowerBound(listing.bottom());
        return remaining;
    }

    /** Whether the message says that the user joined or left: then the user may see another part of the history now. */
    private static boolean changesMembershipOf(ChatMessage message, String userId) {
        return message.type().membership()
                && message.participants().stream().anyMatch(p -> p.userId().equals(userId));
    }

    /** Replaces the window by a listing without events: at the first pass, or after one that did not meet the mark. */
    private void beginWindow(Listing listing, long visibleFrom) {
        if (state.polled) {
            context.metrics().limitHit("poll.pages");
            state.rosterDueAt = 0;
            resync(Cause.LISTING_PAGES);
        }
        List<ChatMessage> newestFirst = listing.messages().stream()
                .sorted(Comparator.comparingLong(ChatMessage::arrivedAt).reversed())
                .toList();
        // Somebody joined or left between the list of participants and this listing: visibleFrom may be wrong.
        boolean rosterOutdated = ChangeEvents.contradictRoster(newestFirst, state.roster);
        state.rosterDueAt = rosterOutdated ? 0 : state.rosterDueAt;
        refreshPropertiesIfRenamed(newestFirst);
        state.window.reset(Math.max(0, listing.bottom()));
        listing.messages().forEach(m -> state.window.put(m.arrivedAt(), m.version()));
        state.window.raiseMark(limitMark(listing.top()));
        state.reach = visibleFrom;
        state.receiptsNewsFrom = context.scheduler().now() - MAX_CLOCK_LAG_MS;
        state.polled = true;
        full = !rosterOutdated && visibleFrom <= state.neededReach();
    }

    /** The properties may have been read before a topic update of this listing, for which there is no event. */
    private void refreshPropertiesIfRenamed(List<ChatMessage> newestFirst) {
        ThreadProperties known = state.properties;
        newestFirst.stream()
                .filter(m -> m.type() == MessageType.TOPIC_UPDATED && m.topic() != null)
                .findFirst()
                .filter(m -> known != null && !known.topic().equals(m.topic()))
                .ifPresent(m -> state.propertiesDueAt = 0);
    }

    private void resync(Cause cause) {
        state.ring.clear();
        notices.add(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, cause)));
    }

    /** The version, or the present time of the service's clock and a little more if that is lower. */
    private long limitMark(long version) {
        long now = context.scheduler().now();
        long ahead = Math.min(MAX_AHEAD_MS, state.overlapMs(now) / 2);
        return Math.min(version, now + context.source().clockOffsetMs() + ahead);
    }

    /** Handles a proof that the service does not list the thread by version: the subscribers resynchronize. */
    static void violated(ThreadState state, PollContext context, List<Notice> notices) {
        context.metrics().polls().orderViolated();
        if (context.listOrder()
                .recordViolation(state.threadId, context.scheduler().now())) {
            LOG.error("thread {}: the service does not list its messages by version", state.threadId);
            state.ring.clear();
            notices.add(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Cause.LIST_ORDER)));
        }
    }
}
