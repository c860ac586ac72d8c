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

/** What a round reads beside the tail of the messages, each when it is due. */
public final class MetadataPoll {
    private static final long ROSTER_SPREAD_MS = 30_000;
    private static final long PROPERTIES_MS = 60_000;
    /** Topics change by message; what else there is may come late where nobody writes: the user's window is small. */
    private static final long SILENT_PROPERTIES_MS = 10 * 60_000;

    private static final long RECHECK_MS = 2_000;
    private static final long RECEIPTS_TURN_MS = 1_000;
    /** Where nobody writes, read marks that nobody announced are looked for so many times more seldom. */
    private static final int QUIET_RECEIPTS = 3;

    /** For calls that any member may make: all floors are before it, and only strangers have none. */
    static final long MEMBERS = Long.MAX_VALUE - 1;

    private final ThreadState state;
    private final PollContext env;
    private final TokenRotation turns;
    private final ChangeEvents changes;
    private final Priority priority;
    private @Nullable Instant deletedOn;

    MetadataPoll(ThreadState state, PollContext env, TokenRotation turns, ChangeEvents changes, Priority priority) {
        this.state = state;
        this.env = env;
        this.turns = turns;
        this.changes = changes;
        this.priority = priority;
    }

    /** When a roster that was read now must be read again: every membership is proven every ten minutes at least. */
    public static long nextRoster(PollContext env) {
        return env.scheduler().now()
                + env.config().rosterSeconds() * 1000L
                + env.random().nextLong(ROSTER_SPREAD_MS);
    }

    /** When the thread was deleted, if its properties say so. */
    @Nullable
    Instant deletedOn() {
        return deletedOn;
    }

    /** What the messages told holds at once; the roster read now says what is true by now. */
    Future<Void> roster() {
        long now = env.scheduler().now();
        boolean poked = state.refreshHints.removePart(EventGroup.PARTICIPANTS);
        if (!changes.participantsMoved() && !poked && now < state.rosterDueAt) {
            return Future.succeededFuture();
        }
        state.rosterDueAt = now + RECHECK_MS;
        return turns.call(MEMBERS, w -> env.source().participants(w.token(), state.threadId, priority))
                .onSuccess(answer -> answer.ifPresent(a -> take(a.value(), a.by().userId())))
                .mapEmpty();
    }

    private void take(Roster roster, String askedBy) {
        if (roster.member(askedBy).isEmpty()) {
            turns.refused(askedBy, PollFailures.stranger().status());
            return;
        }
        state.updateRoster(roster);
        if (!changes.participantsMoved()) {
            state.rosterDueAt = nextRoster(env);
        }
        for (String userId : changes.removed()) {
            if (roster.member(userId).isPresent() && state.subscribers.hasUser(userId)) {
                // Removed, yet listed: added again since, or the list is stale. Served only when asked once more.
                turns.pause(userId);
                state.refusedUsers.doubted(userId, env.scheduler().now());
            }
        }
    }

    Future<Void> receipts() {
        long now = env.scheduler().now();
        boolean poked = state.refreshHints.removePart(EventGroup.RECEIPTS);
        boolean any = state.roster.small() && state.wants(EventGroup.RECEIPTS);
        state.receiptsWanted = any && (state.receiptsWanted || poked);
        if (!any || now < receiptsDueAt(state, env)) {
            return Future.succeededFuture();
        }
        state.receiptsReadAt = now;
        long rested = now - env.config().receiptsMs();
        return turns.call(MEMBERS, w -> w.receiptsReadAt() <= rested, w -> {
                    w.receiptsReadAt(now);
                    return env.source().receipts(w.token(), state.threadId, Priority.RECEIPTS);
                })
                .onSuccess(answer -> answer.ifPresent(a -> take(a.value())))
                .mapEmpty();
    }

    private void take(List<ReadReceipt> receipts) {
        List<ReadReceipt> moved = state.receiptMarks.moved(receipts);
        if (!state.receiptMarksKnown && !state.receiptMarksOwed) {
            // Who came before the first listing has listed them itself, perhaps before the newest of them.
            moved.removeIf(r -> r.readOn().toEpochMilli() < state.receiptsNewsFrom);
        }
        changes.receipts(moved);
        state.receiptMarksKnown = true;
        state.receiptMarksOwed = false;
        state.receiptsWanted = false;
    }

    /** When receipts may be listed again: one token rests between two listings, others may take turns if one was sent. */
    public static long receiptsDueAt(ThreadState state, PollContext env) {
        long rest = env.config().receiptsMs();
        if (state.receiptsWanted) {
            return Math.max(state.receiptsReadAt + RECEIPTS_TURN_MS, state.subscribers.receiptsRested() + rest);
        }
        boolean hot = state.interval.activity(env.scheduler().now()) == PollInterval.Activity.HOT;
        return state.receiptsReadAt + (hot ? rest : rest * QUIET_RECEIPTS);
    }

    Future<Void> properties() {
        long now = env.scheduler().now();
        boolean poked = state.refreshHints.removePart(EventGroup.PROPERTIES);
        if (state.properties != null && !poked && !state.refreshHints.deleted() && now < state.propertiesDueAt) {
            return Future.succeededFuture();
        }
        boolean asked = state.properties == null || poked || state.refreshHints.deleted();
        state.propertiesDueAt = now + (asked ? RECHECK_MS : PROPERTIES_MS / 4);
        Priority urgency = asked ? priority : Priority.SWEEP;
        return turns.call(MEMBERS, w -> env.source().properties(w.token(), state.threadId, urgency))
                .onSuccess(answer -> answer.ifPresent(a -> take(a.value())))
                .mapEmpty();
    }

    /** Takes properties over that were read before the thread's first round, which then need not read them. */
    public static void given(ThreadState state, PollContext env, @Nullable ThreadProperties read) {
        if (read != null && state.properties == null) {
            state.properties = slim(state, read);
            state.propertiesDueAt = nextProperties(state, env);
        }
    }

    /** Ids in the instances that are kept anyway: properties are held for every watched thread. */
    private static ThreadProperties slim(ThreadState state, ThreadProperties read) {
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

    private static long nextProperties(ThreadState state, PollContext env) {
        long now = env.scheduler().now();
        long rest = state.interval.activity(now) == PollInterval.Activity.HOT ? PROPERTIES_MS : SILENT_PROPERTIES_MS;
        return now + rest + env.random().nextLong(rest / 12);
    }

    private void take(ThreadProperties properties) {
        state.propertiesDueAt = nextProperties(state, env);
        changes.properties(slim(state, properties));
        deletedOn = properties.deletedOn();
    }
}
