package dev.chatgateway.poll;

import dev.chatgateway.event.ChatEvent;
import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.ThreadUpdate.Item;
import dev.chatgateway.event.ThreadUpdate.Notice;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import dev.chatgateway.poll.TailReader.Listing;
import dev.chatgateway.poll.TailReader.Reach;
import dev.chatgateway.poll.TokenTurns.Answer;
import dev.chatgateway.upstream.ChatServiceException;
import dev.chatgateway.upstream.ChatServiceException.Kind;
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
final class Round {
    private final ThreadState state;
    private final PollEnvironment env;
    private final Priority priority;
    private final Proofs proofs;
    private final TokenTurns turns;
    private final List<Item> items = new ArrayList<>();
    private final List<Notice> notices = new ArrayList<>();
    private final ChangeEvents changes;
    private final SideReadings side;
    private final CatchUps catchUps;
    private @Nullable ChatServiceException failure;
    private boolean messagesRead;
    private boolean deleted;

    Round(ThreadState state, PollEnvironment env, Priority priority) {
        this.state = state;
        this.env = env;
        this.priority = priority;
        proofs = new Proofs(state, env);
        turns = new TokenTurns(state, env);
        changes = new ChangeEvents(state, items);
        side = new SideReadings(state, env, turns, changes, priority);
        catchUps = new CatchUps(state, env.ticker().now());
    }

    /** Reads. Never fails: {@link #failure()} says what was missing. */
    Future<Void> run(List<PendingWatch> pending, OwnViews views) {
        return proofs.settle(pending)
                .compose(v -> proofs.suspects())
                .compose(v -> step(this::membership))
                .compose(v -> step(() -> messages(catchUps.reach(pending))))
                .compose(v -> step(side::older))
                .compose(v -> extra(side::roster))
                .compose(v -> extra(this::sweep))
                .compose(v -> extra(side::receipts))
                .compose(v -> state.properties == null ? step(side::properties) : extra(side::properties))
                .compose(v -> views.answer(state))
                .onSuccess(v -> {
                    judge();
                    unserved();
                });
    }

    List<Item> items() {
        return items;
    }

    /** The messages that the items are about, as they were read. */
    List<ChatMessage> told() {
        return List.copyOf(changes.told());
    }

    List<Notice> notices() {
        return notices;
    }

    /** The ways from old positions to the present. */
    CatchUps catchUps() {
        return catchUps;
    }

    /** Whether the messages were listed, so that who waited for a reading has one. */
    boolean messagesRead() {
        return messagesRead;
    }

    /** Whether the thread is gone. */
    boolean deleted() {
        return deleted;
    }

    /** Why the round was cut short; null when it was not. */
    @Nullable
    ChatServiceException failure() {
        return failure;
    }

    /** After a failure that concerns everybody the rest waits for the next round. */
    private Future<Void> step(Supplier<Future<Void>> part) {
        if (failure != null || deleted) {
            return Future.succeededFuture();
        }
        return part.get().recover(cause -> {
            failure = Failures.of(cause);
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
        if (!state.read || !state.unproven(env.ticker().now())) {
            return Future.succeededFuture();
        }
        state.rosterDueAt = 0;
        return side.roster()
                .compose(v -> state.unproven(env.ticker().now())
                        ? Future.failedFuture(Failures.unproven())
                        : Future.succeededFuture());
    }

    private Future<Void> messages(Optional<Long> back) {
        long now = env.ticker().now();
        int window = env.config().window();
        boolean sweep = now >= state.sweptAt + env.config().windowSeconds() * 1000L
                || state.pokes.wantsBelow(state.window.newestId());
        boolean tail = state.read && !sweep && back.isEmpty();
        long known = state.read ? state.window.newestId() - env.config().overlapMs() : 0;
        // One page for what is read again and as much for what is new: a second page is a second call.
        int page = tail ? state.window.countFrom(known) + TailReader.TAIL : TailReader.LARGEST_PAGE;
        int size = Math.min(window, Math.min(page, TailReader.LARGEST_PAGE));
        long meet = Math.min(known, back.orElse(Long.MAX_VALUE));
        Reach reach = new Reach(size, meet, state.read || back.isPresent() ? Integer.MAX_VALUE : window);
        TailReader reader =
                new TailReader(env.source(), state.threadId, env.config().pages());
        // A whole window must be seen by somebody who sees all of it.
        long bound = sweep ? Math.min(meet, state.window.lowerBound()) : meet;
        return turns.call(bound, w -> reader.read(w.token(), reach, priority)).map(answer -> {
            answer.ifPresent(a -> {
                if (sweep) {
                    state.sweptAt = now;
                }
                take(a);
            });
            return null;
        });
    }

    private void take(Answer<Listing> answer) {
        Listing listing = answer.value();
        String reader = answer.by().userId();
        List<ChatMessage> messages = listing.messages();
        boolean above = listing.whole() && above(messages, reader);
        long from = listing.whole() ? beginning(messages, reader, above) : oldest(messages);
        messagesRead = true;
        catchUps.listed(messages, from, listing.whole());
        boolean met = listing.whole()
                || from <= state.window.newestId() - env.config().overlapMs();
        if (!state.read || !met) {
            begin(messages, from);
            return;
        }
        if (above) {
            // Nobody's token reaches back to what is known: what lies between can't be told, now or to who comes back.
            if (state.watchers.all().stream().anyMatch(w -> Floors.of(state.roster, w.userId()) < from)) {
                notices.add(new Notice.Resync(ResyncReason.GAP));
            }
            state.window.forgetBelow(from);
            state.old.end(from);
            state.ring.clear();
        }
        changes.apply(state.window.changes(listing.messages()));
        state.pokes.seen(state.window);
    }

    /** Whether all that the reader sees is newer than all that is known; its roster entry may be older than that. */
    private boolean above(List<ChatMessage> messages, String reader) {
        boolean nothingKnown = state.window.size() > 0 && oldest(messages) > state.window.newestId();
        boolean named = state.roster.member(reader).isPresent();
        return state.read && named && (nothingKnown || Floors.least(state.roster, reader) > state.window.newestId());
    }

    /** Where a whole listing begins: in the second of its floor a user sees what its listing shows. */
    private long beginning(List<ChatMessage> messages, String reader, boolean above) {
        if (!above) {
            return Math.min(Floors.of(state.roster, reader), oldest(messages));
        }
        long least = Math.max(Floors.least(state.roster, reader), state.window.newestId() + 1);
        return messages.isEmpty() ? least : oldest(messages);
    }

    private static long oldest(List<ChatMessage> newestFirst) {
        return newestFirst.isEmpty()
                ? Long.MAX_VALUE
                : newestFirst.get(newestFirst.size() - 1).arrivedAt();
    }

    /** The first reading of a thread, or one that could not meet what was known. */
    private void begin(List<ChatMessage> messages, long from) {
        if (state.read) {
            notices.add(new Notice.Resync(ResyncReason.GAP));
            env.metrics().limitHit("poll.pages");
            state.rosterDueAt = 0;
            state.ring.clear();
        }
        // Somebody came or went between the list of participants and this listing: where the reader's past begins is
        // open.
        boolean outdated = ChangeEvents.contradict(messages, state.roster);
        long start = outdated ? oldest(messages) : from;
        state.rosterDueAt = outdated ? 0 : state.rosterDueAt;
        state.window.reset(start);
        state.old.begin(start, env.ticker().now());
        state.sweep.begin(env);
        messages.forEach(state.window::put);
        state.read = true;
        state.pokes.seen(state.window);
    }

    private Future<Void> sweep() {
        boolean calm = priority == Priority.POLL && items.isEmpty();
        return state.sweep.due(state, env.ticker().now(), calm)
                ? state.sweep.page(state, env, turns, changes)
                : Future.succeededFuture();
    }

    /** Two users who are told that there is no such thread are believed; one, if the thread was deleted through here. */
    private void judge() {
        long now = env.ticker().now();
        Instant deletedOn = side.deletedOn();
        if (deletedOn != null) {
            gone(deletedOn);
        }
        if (messagesRead) {
            proofs.threadIsThere();
        }
        int witnesses = state.suspects.notFound();
        boolean enough = witnesses >= 2 || (witnesses == 1 && state.pokes.deleted()) || proofs.threadGone();
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
    }

    /** Everybody who watches was turned away: nothing was read, and that is no quiet thread. */
    private void unserved() {
        boolean all = state.watchers.turnedAway(env.ticker().now());
        if (failure == null && !deleted && !messagesRead && all) {
            failure = Failures.turnedAway();
        }
    }

    private void gone(Instant when) {
        deleted = true;
        var known = state.properties;
        Integer days = known == null ? null : known.retentionDays();
        boolean byPolicy = days != null
                && known != null
                && !when.isBefore(known.createdOn().plusSeconds(days * 86_400L));
        items.add(new Item(new ChatEvent.ThreadDeleted(state.threadId, when, null, byPolicy), state.position()));
    }

    /** How it ended, for those who count. */
    String outcome() {
        ChatServiceException why = failure;
        if (why != null) {
            return why.kind() == Kind.THROTTLED ? "throttled" : why.kind() == Kind.REFUSED ? "refused" : "error";
        }
        return items.isEmpty() ? "unchanged" : "changed";
    }
}
