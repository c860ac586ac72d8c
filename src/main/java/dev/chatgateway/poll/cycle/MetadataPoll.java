package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.Participant;
import dev.chatgateway.event.ReadReceipt;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadProperties;
import dev.chatgateway.poll.schedule.PollInterval;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one poll for participants, read receipts and properties. Each is made only when it is due. Used on the
 * poller's context.
 */
public final class MetadataPoll {
    private static final long ROSTER_SPREAD_MS = 30_000;
    private static final long PROPERTIES_MS = 60_000;
    /**
     * The interval while the thread is not hot. Long, as get-thread calls of a user share one small window. A new topic
     * is seen earlier, as the service writes a message about it; changes of metadata and retention are seen this late.
     */
    private static final long IDLE_PROPERTIES_MS = 10 * 60_000;

    /** A call that a refresh hint or a message has made necessary is repeated this soon if it fails. */
    private static final long RETRY_MS = 2_000;
    /** Least time between two receipt listings, whichever tokens they are made with. */
    private static final long RECEIPTS_GAP_MS = 1_000;
    /** While the thread is not hot, receipts without a refresh hint are listed at this multiple of the interval. */
    private static final int IDLE_RECEIPTS_FACTOR = 3;

    /**
     * For {@link TokenRotation#call} where any participant's token will do: all participants see messages from before.
     */
    static final long ANY_MEMBER = Long.MAX_VALUE - 1;

    private final ThreadState state;
    private final PollContext context;
    private final TokenRotation rotation;
    private final ChangeEvents changes;
    private final Priority priority;
    private @Nullable Instant deletedOn;

    /** @param priority of calls that a refresh hint, a message or a new thread has made necessary */
    MetadataPoll(
            ThreadState state, PollContext context, TokenRotation rotation, ChangeEvents changes, Priority priority) {
        this.state = state;
        this.context = context;
        this.rotation = rotation;
        this.changes = changes;
        this.priority = priority;
    }

    /**
     * When a list of participants that is read now must be read again, epoch milliseconds. The configured interval and
     * the random part together are at most {@link dev.chatgateway.poll.access.ProofAge#LIFE_MS}.
     */
    public static long nextRosterAt(PollContext context) {
        return context.scheduler().now()
                + context.config().rosterSeconds() * 1000L
                + context.random().nextLong(ROSTER_SPREAD_MS);
    }

    /** When the thread was deleted, if the properties that this poll read say so. */
    @Nullable
    Instant deletedOn() {
        return deletedOn;
    }

    /**
     * Reads the participants if they are due, a refresh hint names them, or a message says that somebody joined or
     * left.
     */
    Future<Void> pollRoster() {
        long now = context.scheduler().now();
        boolean hinted = state.refreshHints.removePart(EventGroup.PARTICIPANTS);
        if (!changes.membershipChanged() && !hinted && now < state.rosterDueAt) {
            return Future.succeededFuture();
        }
        state.rosterDueAt = now + RETRY_MS;
        int writes = state.refreshHints.writes(EventGroup.PARTICIPANTS);
        return rotation.call(ANY_MEMBER, s -> context.source().participants(s.token(), state.threadId, priority))
                .onSuccess(response -> response.ifPresent(
                        r -> applyRoster(r.value(), r.subscriber().userId(), writes)))
                .mapEmpty();
    }

    private void applyRoster(Roster roster, String reader, int writes) {
        if (roster.member(reader).isEmpty()) {
            rotation.recordRefusal(reader, PollFailures.nonMember().status());
            return;
        }
        state.updateRoster(roster);
        state.refreshHints.listed(EventGroup.PARTICIPANTS, writes);
        if (!changes.membershipChanged()) {
            state.rosterDueAt = nextRosterAt(context);
        }
        for (String userId : changes.removedUsers()) {
            if (roster.member(userId).isPresent() && state.subscribers.hasUser(userId)) {
                // A message removed the user, but the list still names it. Either the user was added again, or the list
                // is stale: the user is paused until a proof decides.
                rotation.pause(userId);
                state.refusedUsers.recordContradiction(
                        userId, context.scheduler().now());
            }
        }
    }

    /** Lists the read receipts if they are due and anybody selects them. */
    Future<Void> pollReceipts() {
        long now = context.scheduler().now();
        boolean hinted = state.refreshHints.removePart(EventGroup.RECEIPTS);
        boolean selected = state.roster.small() && state.wants(EventGroup.RECEIPTS);
        state.receiptsWanted = selected && (state.receiptsWanted || hinted);
        if (!selected || now < receiptsDueAt(state, context)) {
            return Future.succeededFuture();
        }
        state.receiptsReadAt = now;
        int writes = state.refreshHints.writes(EventGroup.RECEIPTS);
        long usableIfListedBefore = now - context.config().receiptsMs();
        return rotation.call(ANY_MEMBER, s -> s.receiptsListedAt() <= usableIfListedBefore, s -> {
                    s.receiptsListedAt(now);
                    return context.source().receipts(s.token(), state.threadId, Priority.RECEIPTS);
                })
                .onSuccess(response -> response.ifPresent(r -> {
                    applyReceipts(r.value());
                    state.receiptsListedAt = now;
                    state.refreshHints.listed(EventGroup.RECEIPTS, writes);
                }))
                .mapEmpty();
    }

    private void applyReceipts(List<ReadReceipt> listed) {
        List<ReadReceipt> advanced = state.receiptMarks.apply(listed);
        if (!state.receiptMarksKnown && !state.receiptMarksOwed) {
            // First listing of the thread. Clients list the receipts themselves when they subscribe, so only receipts
            // since then are events.
            advanced.removeIf(r -> r.readOn().toEpochMilli() < state.receiptsNewsFrom);
        }
        changes.addReceipts(advanced);
        state.receiptMarksKnown = true;
        state.receiptMarksOwed = false;
        state.receiptsWanted = false;
    }

    /**
     * When receipts may be listed next, epoch milliseconds. After a refresh hint this is as soon as one of the tokens
     * was not used for them during the configured interval.
     */
    public static long receiptsDueAt(ThreadState state, PollContext context) {
        long interval = context.config().receiptsMs();
        if (state.receiptsWanted || state.lacksIncludedReceipts()) {
            return Math.max(
                    state.receiptsReadAt + RECEIPTS_GAP_MS, state.subscribers.leastRecentReceiptsListing() + interval);
        }
        boolean hot = state.interval.activity(context.scheduler().now()) == PollInterval.Activity.HOT;
        return state.receiptsReadAt + (hot ? interval : interval * IDLE_RECEIPTS_FACTOR);
    }

    /** Reads the properties if they are due or unknown, a refresh hint names them, or a client deleted the thread. */
    Future<Void> pollProperties() {
        long now = context.scheduler().now();
        boolean hinted = state.refreshHints.removePart(EventGroup.PROPERTIES);
        boolean urgent = state.properties == null || hinted || state.refreshHints.deleted();
        if (!urgent && now < state.propertiesDueAt) {
            return Future.succeededFuture();
        }
        state.propertiesDueAt = now + (urgent ? RETRY_MS : PROPERTIES_MS / 4);
        Priority callPriority = urgent ? priority : Priority.SWEEP;
        return rotation.call(ANY_MEMBER, s -> context.source().properties(s.token(), state.threadId, callPriority))
                .onSuccess(response -> response.ifPresent(r -> applyProperties(r.value())))
                .mapEmpty();
    }

    /**
     * Applies properties that were read before the thread's first poll, if it has none yet; the poll then reads none.
     */
    public static void adoptProperties(ThreadState state, PollContext context, @Nullable ThreadProperties read) {
        if (read != null && state.properties == null) {
            state.properties = withSharedIds(state, read);
            state.propertiesDueAt = nextPropertiesAt(state, context);
        }
    }

    private void applyProperties(ThreadProperties properties) {
        state.propertiesDueAt = nextPropertiesAt(state, context);
        changes.applyProperties(withSharedIds(state, properties));
        deletedOn = properties.deletedOn();
    }

    /** Saves memory: the properties of every thread are kept, so their ids refer to strings that are kept anyway. */
    private static ThreadProperties withSharedIds(ThreadState state, ThreadProperties read) {
        String creator =
                state.roster.member(read.createdById()).map(Participant::userId).orElse(read.createdById());
        return new ThreadProperties(
                state.threadId,
                read.topic(),
                read.createdOn(),
                creator,
                read.deletedOn(),
                read.metadata(),
                read.retentionDays());
    }

    private static long nextPropertiesAt(ThreadState state, PollContext context) {
        long now = context.scheduler().now();
        boolean hot = state.interval.activity(now) == PollInterval.Activity.HOT;
        long interval = hot ? PROPERTIES_MS : IDLE_PROPERTIES_MS;
        return now + interval + context.random().nextLong(interval / 12);
    }
}
