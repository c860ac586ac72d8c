package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.MessageType;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Resync.Cause;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.access.HistoryVisibility;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.cycle.TokenRotation.Answer;
import dev.chatgateway.poll.diff.VersionWindow;
import dev.chatgateway.poll.source.MessageLister;
import dev.chatgateway.poll.source.MessageLister.Listing;
import dev.chatgateway.poll.source.MessageLister.Reach;
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
 * The part of a round that lists the thread's messages from the newest change down to the mark, less the overlap, and
 * applies what is new. A pass with a token that sees all that the subscribers see is full: it moves the mark. Any other
 * pass publishes what it shows, and leaves the mark to the next full pass. Lives on the poller's context.
 */
final class MessagePass {
    private static final Logger LOG = LoggerFactory.getLogger(MessagePass.class);

    /**
     * The service's clock is known to a second or so: a version that is further ahead of it does not move the mark, as one
     * that is an hour ahead would hide an hour. Less than the overlap, so that what comes next is not taken for late.
     */
    private static final long AHEAD_MS = 2_000;
    /** States above the mark that passes without a full view may leave; beyond it the mark goes up without them. */
    private static final int MOST_ABOVE_MARK = 512;
    /** Users whose listings may be older than what is known, in one round. */
    private static final int MOST_STALE = 3;
    /** Listings that are older than what is known for so long are not in the order of versions. */
    private static final long STALE_LIMIT_MS = 120_000;
    /** The service's clock may be behind this node's by so much, as far as read receipts are concerned. */
    private static final long CLOCKS_MS = 60_000;

    private final ThreadState state;
    private final PollContext env;
    private final TokenRotation turns;
    private final ChangeEvents changes;
    private final ResumeResolver resumes;
    private final Priority priority;
    private final List<Notice> notices;
    private final boolean inOrder;
    private final long leaderMark;
    private final Set<String> stale = new HashSet<>();
    private boolean listed;
    private boolean full;

    /** @param notices takes what subscribers must be told beside events */
    MessagePass(
            ThreadState state,
            PollContext env,
            TokenRotation turns,
            ChangeEvents changes,
            ResumeResolver resumes,
            Priority priority,
            List<Notice> notices) {
        this.state = state;
        this.env = env;
        this.turns = turns;
        this.changes = changes;
        this.resumes = resumes;
        this.priority = priority;
        this.notices = notices;
        leaderMark = state.leaderMark;
        inOrder = !env.listOrder().doubted(state.threadId, env.scheduler().now());
    }

    /** Whether the service has listed messages, whatever they proved. */
    boolean listed() {
        return listed;
    }

    /** Whether the pass was full, so that everything up to its begin is known. */
    boolean full() {
        return full;
    }

    /** Whether every listing was older than what is known. */
    boolean behind() {
        return !full && !stale.isEmpty();
    }

    /** Lists and applies. Fails as the source does, and changes nothing then. */
    Future<Void> run(List<PendingSubscription> pending) {
        OptionalLong depth = resumes.depth(pending);
        Reach reach = reach(depth);
        MessageLister lister =
                new MessageLister(env.source(), state.threadId, env.config().pages());
        Predicate<PollSubscriber> spare = spare();
        return turns.call(
                        state.neededReach(),
                        w -> !stale.contains(w.userId()) && spare.test(w),
                        w -> lister.list(w.token(), reach, priority))
                .onFailure(failed -> state.resumesDeferred = false)
                .compose(answer -> {
                    if (answer.isPresent() && !take(answer.get(), depth) && stale.size() < MOST_STALE) {
                        return run(pending);
                    }
                    return Future.succeededFuture();
                });
    }

    private Reach reach(OptionalLong depth) {
        long now = env.scheduler().now();
        if (!inOrder) {
            return new Reach(MessageLister.LARGEST_PAGE, 0, Long.MAX_VALUE, listed -> Long.MAX_VALUE);
        }
        if (!state.polled) {
            // Nothing is known to be missed yet: of a thread with very many changes in the overlap a page is enough.
            boolean deep = depth.isPresent();
            long low = depth.orElse(Long.MAX_VALUE);
            return new Reach(
                    deep ? MessageLister.LARGEST_PAGE : VersionWindow.LEAST,
                    deep ? Integer.MAX_VALUE : MessageLister.LARGEST_PAGE,
                    Long.MAX_VALUE,
                    listed -> listed.isEmpty()
                            ? Long.MIN_VALUE
                            : Math.min(listed.get(0).version() - state.overlapMs(now), low));
        }
        long stop = state.listDownTo(now);
        long deep = Math.min(stop, depth.orElse(stop));
        // Events do not wait for a listing that goes down to an old cursor: that comes with the next round.
        boolean first = deep < stop && !state.resumesDeferred;
        int size = Math.min(MessageLister.LARGEST_PAGE, state.window.countAbove(stop) + VersionWindow.LEAST);
        return new Reach(
                deep < stop ? MessageLister.LARGEST_PAGE : size,
                Integer.MAX_VALUE,
                stop,
                listed -> first && !state.window.news(listed).isEmpty() ? stop : deep);
    }

    /** Of several tokens with different views those whose user has calls left; all, when none has. */
    private Predicate<PollSubscriber> spare() {
        long needed = state.neededReach();
        boolean alike = state.subscribers.all().stream()
                .allMatch(w -> HistoryVisibility.of(state.roster, w.userId()) <= needed);
        if (alike) {
            return w -> true;
        }
        Predicate<PollSubscriber> spare = w -> env.source().messagesEarliestMs(w.token(), state.threadId) == 0;
        return state.subscribers.all().stream().anyMatch(spare) ? spare : w -> true;
    }

    /** Applies a listing; false if it is older than what is known. */
    private boolean take(Answer<Listing> answer, OptionalLong depth) {
        Listing listing = answer.value();
        String reader = answer.by().userId();
        long reach = HistoryVisibility.of(state.roster, reader);
        long now = env.scheduler().now();
        listed = true;
        if (!listing.inOrder()) {
            violated(state, env, notices);
        }
        if (state.polled && inOrder && !provesAnything(listing, reach, now)) {
            stale.add(reader);
            state.rosterDueAt = 0;
            return false;
        }
        state.staleSince = 0;
        state.resumesDeferred = false;
        List<ChatMessage> messages = listing.messages();
        boolean gap = state.polled && inOrder && listing.bottom() > state.listDownTo(now);
        if (!state.polled || gap) {
            begin(listing, reach);
        } else {
            apply(listing, reader, reach);
        }
        state.refreshHints.removeSeen(state.window);
        resumes.listed(messages, listing.bottom(), reach);
        if (depth.isPresent() && listing.bottom() > depth.getAsLong()) {
            if (listing.met()) {
                state.resumesDeferred = true;
            } else {
                state.resumeLimit.giveUp(listing.bottom(), now);
                env.metrics().limitHit("poll.resumePages");
            }
        }
        return true;
    }

    /** A removed reader's listing may be frozen, and a replica may lag: a known state that is not listed shows it. */
    private boolean provesAnything(Listing listing, long reach, long now) {
        if (!state.window.knowsAbove(listing.top(), reach)) {
            return true;
        }
        state.staleSince = state.staleSince == 0 ? now : state.staleSince;
        if (now - state.staleSince < STALE_LIMIT_MS) {
            return false;
        }
        // What was listed, or read by name, is not at the top though nothing newer is.
        violated(state, env, notices);
        state.polled = false;
        return true;
    }

    private void apply(Listing listing, String reader, long reach) {
        long now = env.scheduler().now();
        VersionWindow window = state.window;
        long mark = window.mark();
        boolean reachesAll = reach <= state.neededReach();
        List<ChatMessage> news = inOrder ? window.news(listing.messages()) : window.newsInAnyOrder(listing.messages());
        if (reachesAll && reach < state.reach) {
            news = withoutEarlier(news, listing);
        }
        full = reachesAll && news.stream().noneMatch(m -> names(m, reader));
        if (inOrder) {
            state.noteLate(news, env.metrics().polls(), now);
        }
        changes.apply(news, full ? limit(listing.top()) : mark);
        if (full) {
            // What the leader knew before this pass began is known now, though the reader may not see its newest
            // message.
            window.raiseMark(limit(Math.max(listing.top(), leaderMark)));
            state.reach = reach;
        } else if (window.countAbove(mark) > MOST_ABOVE_MARK) {
            env.metrics().limitHit("poll.aboveMark");
            window.raiseMark(limit(listing.top()));
            state.reach = reach;
            resync(Cause.PARTIAL_VIEW);
        }
        if (!inOrder) {
            listing.messages().forEach(m -> window.put(m.arrivedAt(), m.version()));
        }
    }

    /**
     * Somebody who sees further back has come: what happened to those earlier messages before is no news, as he begins
     * with a listing of his own or has this one for his cursor.
     */
    private List<ChatMessage> withoutEarlier(List<ChatMessage> news, Listing listing) {
        List<ChatMessage> later = new ArrayList<>();
        long seen = HistoryVisibility.beginOfSecond(state.reach);
        for (ChatMessage message : news) {
            if (message.arrivedAt() < seen) {
                state.window.put(message.arrivedAt(), message.version());
            } else {
                later.add(message);
            }
        }
        state.window.forgetUpTo(listing.bottom());
        return later;
    }

    /** Whether a message says that the user joined or left: then it is open from when on he sees messages. */
    private static boolean names(ChatMessage message, String userId) {
        return message.type().membership()
                && message.participants().stream().anyMatch(p -> p.userId().equals(userId));
    }

    /** The first pass of a thread, or one that could not meet the mark. */
    private void begin(Listing listing, long reach) {
        if (state.polled) {
            env.metrics().limitHit("poll.pages");
            state.rosterDueAt = 0;
            resync(Cause.LISTING_PAGES);
        }
        // Somebody joined or left between the list of participants and this listing: the reader's reach is not known.
        List<ChatMessage> newestFirst = listing.messages().stream()
                .sorted(Comparator.comparingLong(ChatMessage::arrivedAt).reversed())
                .toList();
        boolean outdated = ChangeEvents.contradict(newestFirst, state.roster);
        state.rosterDueAt = outdated ? 0 : state.rosterDueAt;
        renamed(newestFirst);
        state.window.begin(Math.max(0, listing.bottom()));
        listing.messages().forEach(m -> state.window.put(m.arrivedAt(), m.version()));
        state.window.raiseMark(limit(listing.top()));
        state.reach = reach;
        state.receiptsNewsFrom = env.scheduler().now() - CLOCKS_MS;
        state.polled = true;
        full = !outdated && reach <= state.neededReach();
    }

    /** The properties may have been read before the messages, which are taken for known: then they are read again. */
    private void renamed(List<ChatMessage> newestFirst) {
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

    private long limit(long version) {
        long now = env.scheduler().now();
        long ahead = Math.min(AHEAD_MS, state.overlapMs(now) / 2);
        return Math.min(version, now + env.source().clockOffsetMs() + ahead);
    }

    /** The service does not list the thread by version: its subscribers take fresh state, and it is compared otherwise. */
    static void violated(ThreadState state, PollContext env, List<Notice> notices) {
        env.metrics().polls().orderViolated();
        if (env.listOrder().violated(state.threadId, env.scheduler().now())) {
            LOG.error("thread {}: the service does not list its messages by version", state.threadId);
            state.ring.clear();
            notices.add(new Notice.ResyncNeeded(new Resync(ResyncReason.GAP, Cause.LIST_ORDER)));
        }
    }
}
