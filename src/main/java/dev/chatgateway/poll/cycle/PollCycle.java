package dev.chatgateway.poll.cycle;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.poll.access.HistoryVisibility;
import dev.chatgateway.poll.access.PendingSubscription;
import dev.chatgateway.poll.access.PollSubscriber;
import dev.chatgateway.poll.diff.VersionWindow;
import dev.chatgateway.poll.source.PollFailures;
import dev.chatgateway.poll.state.PollContext;
import dev.chatgateway.poll.state.PollResult;
import dev.chatgateway.poll.state.ThreadState;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.Priority;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a thread: proofs, messages, and what else is due, one call after the other. Changes the thread's state
 * and collects what subscribers must be told.
 */
public final class PollCycle {
    private static final Future<Void> DONE = Future.succeededFuture();

    private final ThreadState state;
    private final PollContext env;
    private final MembershipProofs proofs;
    private final TokenRotation turns;
    private final Set<PendingSubscription> ready = new HashSet<>();
    private final List<Item> items = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private final ChangeEvents changes;
    private final MetadataPoll side;
    private final ResumeResolver resumes;
    private final MessagePass pass;
    private final long markBefore;
    private @Nullable ChatServiceException failure;
    private boolean deleted;

    public PollCycle(ThreadState state, PollContext env, Priority priority) {
        this.state = state;
        this.env = env;
        markBefore = state.window.mark();
        turns = new TokenRotation(state, env);
        proofs = new MembershipProofs(state, env, turns);
        long now = env.scheduler().now();
        changes = new ChangeEvents(state, items, now);
        side = new MetadataPoll(state, env, turns, changes, priority);
        resumes = new ResumeResolver(state, !env.listOrder().doubted(state.threadId, now), now);
        pass = new MessagePass(state, env, turns, changes, resumes, priority, notices);
    }

    /** Reads. Never fails: {@link PollResult#failure()} says what was missing. */
    public Future<Void> run(List<PendingSubscription> pending, VisibilityChecks views) {
        // If a subscriber's token can be used, proofs come after the listing, so that a slow one delays no event.
        boolean first = !state.subscribers.usable(env.scheduler().now());
        return (first ? proofs.settle(pending, Priority.HISTORY).compose(v -> proofs.suspects()) : proofs.join(pending))
                .onSuccess(v ->
                        pending.stream().filter(PendingSubscription::proven).forEach(ready::add))
                .compose(v -> step(this::membership))
                .compose(v -> step(() -> pass.run(pending)))
                .compose(v -> extra(this::unseenWrites))
                .compose(v -> extra(side::roster))
                .compose(v -> extra(side::receipts))
                .compose(v -> state.properties == null ? step(side::properties) : extra(side::properties))
                .compose(v -> views.run(state))
                .compose(v -> first ? DONE : proofs.settle(pending, Priority.POKE))
                .compose(v -> first ? DONE : proofs.suspects())
                .onSuccess(v -> {
                    judge();
                    unserved();
                    behind();
                });
    }

    /** What was found. Call it once {@link #run} has ended. */
    public PollResult result() {
        return new PollResult(items, changes.published(), notices, markBefore, pass.full(), deleted, failure);
    }

    /** Whether the subscriber was proven before the messages were listed, so that the listing was made for it too. */
    public boolean serves(PendingSubscription pending) {
        return ready.contains(pending);
    }

    /** Finds what happened since old positions. */
    public ResumeResolver resumes() {
        return resumes;
    }

    /** After a failure that concerns everybody the rest waits for the next round. */
    private Future<Void> step(Supplier<Future<Void>> part) {
        if (failure != null || deleted) {
            return Future.succeededFuture();
        }
        return part.get().recover(cause -> {
            failure = PollFailures.of(cause);
            return Future.succeededFuture();
        });
    }

    /** A part that may come later: its failure holds nothing else back. */
    private Future<Void> extra(Supplier<Future<Void>> part) {
        return failure != null || deleted
                ? Future.succeededFuture()
                : part.get().otherwiseEmpty();
    }

    /** First of all, where the participants were proved too long ago: with nobody proven nothing may be read. */
    private Future<Void> membership() {
        if (!state.polled || !state.unproven(env.scheduler().now())) {
            return Future.succeededFuture();
        }
        state.rosterDueAt = 0;
        return side.roster()
                .compose(v -> state.unproven(env.scheduler().now())
                        ? Future.failedFuture(PollFailures.unproven())
                        : Future.succeededFuture());
    }

    /**
     * Writes through the gateway that no listing has shown are read by name, once each, and published. One whose version
     * is below the mark should have been listed above it: then the service does not list by version.
     */
    private Future<Void> unseenWrites() {
        Future<Void> all = Future.succeededFuture();
        for (long id : state.refreshHints.removeUnseen()) {
            Optional<PollSubscriber> reader = state.subscribers.next(
                    state.roster, id, env.scheduler().now(), w -> HistoryVisibility.of(state.roster, w.userId()) <= id);
            if (reader.isPresent() && pass.full()) {
                all = all.compose(v -> unseenWrite(reader.get(), id));
            }
        }
        return all;
    }

    private Future<Void> unseenWrite(PollSubscriber reader, long id) {
        return env.source()
                .message(reader.token(), state.threadId, Long.toString(id), Priority.POKE)
                .onSuccess(message -> {
                    VersionWindow window = state.window;
                    List<ChatMessage> news = window.news(List.of(message));
                    // Above the mark it may only be late: a listing shows it soon, or is found to be behind for long.
                    if (!news.isEmpty() && message.version() <= window.mark()) {
                        MessagePass.violated(state, env, notices);
                    }
                    changes.apply(news, window.mark());
                })
                .<Void>mapEmpty()
                .otherwiseEmpty();
    }

    /** Two users who are told that there is no such thread are believed; one, if the thread was deleted through here. */
    private void judge() {
        long now = env.scheduler().now();
        Instant deletedOn = side.deletedOn();
        if (deletedOn != null) {
            gone(deletedOn);
        }
        if (pass.listed()) {
            proofs.threadIsThere();
        }
        int witnesses = state.refusedUsers.notFound();
        boolean enough = witnesses >= 2 || (witnesses == 1 && state.refreshHints.deleted()) || proofs.threadGone();
        if (!deleted && enough && !env.breaker().open(now)) {
            gone(Instant.ofEpochMilli(now));
        }
        notices.addAll(0, proofs.notices());
        // Of a thread that is gone everybody is told so, the witnesses included; and whom this round's messages took
        // out of the roster the hubs end by it: a pause would hold that back for ever.
        Set<String> paused = new HashSet<>(turns.newlyPaused());
        paused.removeIf(userId -> state.roster.member(userId).isEmpty());
        if (!deleted && !paused.isEmpty()) {
            notices.add(new Notice.Paused(Set.copyOf(paused)));
        }
        state.endHeldBack().ifPresent(notices::add);
    }

    /** Everybody who watches was turned away: nothing was read, and that is no quiet thread. */
    private void unserved() {
        boolean all = state.subscribers.turnedAway(env.scheduler().now());
        if (failure == null && !deleted && !pass.listed() && all) {
            failure = PollFailures.turnedAway();
        }
    }

    /** Listings that are older than what is known prove nothing: as if the service had not answered. */
    private void behind() {
        if (failure == null && !deleted && pass.behind()) {
            failure = PollFailures.behind();
        }
    }

    private void gone(Instant when) {
        deleted = true;
        var known = state.properties;
        Integer days = known == null ? null : known.retentionDays();
        boolean byPolicy = days != null
                && known != null
                && known.createdOn().isAfter(Instant.EPOCH)
                && !when.isBefore(known.createdOn().plusSeconds(days * 86_400L));
        items.add(new Item(
                new ChatEvent.ThreadDeleted(state.threadId, when, null, byPolicy),
                state.position(env.scheduler().now())));
    }
}
