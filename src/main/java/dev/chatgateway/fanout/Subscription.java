package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.Freshness;
import dev.chatgateway.event.Resync;
import dev.chatgateway.event.Roster;
import dev.chatgateway.event.ThreadFeed.Watched;
import dev.chatgateway.event.ThreadUpdate.ResyncReason;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One connection's subscription of one thread. Lives on the hub's loop. */
final class Subscription {
    /** Events held at most; whoever is held longer takes fresh state. */
    private static final int MOST_HELD = 1000;
    /** So long, besides the overlap, the poller has to publish the newest states of the answer. */
    private static final long APART_MS = 5_000;

    private final Subscriber subscriber;
    private final SubscribeRequest request;
    private final Set<Hold> holds = EnumSet.of(Hold.ANSWER);
    private final Deque<PreparedUpdate> held = new ArrayDeque<>();
    private final SentStates sent = new SentStates();
    private final long losses;

    private int heldEvents;
    private boolean ended;
    private @Nullable Resync missed;
    private @Nullable Audience audience;
    private @Nullable Visibility visibility;
    private @Nullable Roster judged;
    /** Null for most: nothing that the poller may bring was shown before. */
    private @Nullable AnsweredStates shown;

    private String cursor = "";
    private @Nullable Freshness freshness;
    private long revision;
    private long apartUntil;
    private long next = 1;
    private long seenFrom = Long.MAX_VALUE;
    private long hiddenTo = Long.MIN_VALUE;

    Subscription(Subscriber subscriber, SubscribeRequest request) {
        this.subscriber = subscriber;
        this.request = request;
        losses = subscriber.losses();
    }

    /** What the connection has been sent. */
    SentStates sent() {
        return sent;
    }

    /**
     * Takes the place of another subscription of the connection, before that one ends.
     *
     * @param delivered what the loop has delivered of the thread; no update is being delivered now
     */
    void follow(Subscription other, DuplicateFilter delivered) {
        Visibility saw = other.visibility;
        if (saw != null && other.losses == losses && !other.holding(Hold.ANSWER)) {
            Map<Long, Long> shown = other.shown == null ? Map.of() : other.shown.all();
            sent.follow(other.sent, delivered, shown, other.held, saw);
        }
    }

    /** Why events are held back. */
    enum Hold {
        /** The request is not answered yet. */
        ANSWER,
        /** The connection's token has expired. */
        TOKEN,
        /** The connection's token was not proved again in time. */
        UNPROVEN,
        /** The service refused the user; a second proof decides. */
        SUSPECT,
        /** Whether the user may see one of them is being asked. */
        VIEW
    }

    Subscriber subscriber() {
        return subscriber;
    }

    SubscribeRequest request() {
        return request;
    }

    String userId() {
        return request.token().userId();
    }

    boolean ended() {
        return ended;
    }

    void end() {
        ended = true;
        held.clear();
    }

    boolean holding() {
        return !holds.isEmpty();
    }

    boolean holding(Hold why) {
        return holds.contains(why);
    }

    void hold(Hold why) {
        holds.add(why);
    }

    void unhold(Hold why) {
        holds.remove(why);
    }

    /** Keeps an update for later; past the bound everything held is given up for a resync. */
    void keep(PreparedUpdate batch) {
        heldEvents += batch.texts().size();
        if (heldEvents > MOST_HELD) {
            missed(new Resync(ResyncReason.OVERFLOW, Resync.Cause.HELD_EVENTS));
        } else {
            held.addLast(batch);
        }
    }

    /** What the client missed goes out before everything else. */
    void replay(PreparedUpdate batch) {
        putBack(batch);
    }

    /** The next update held; null when there is none. */
    @Nullable
    PreparedUpdate takeHeld() {
        PreparedUpdate batch = held.pollFirst();
        heldEvents -= batch == null ? 0 : batch.texts().size();
        return batch;
    }

    /** Puts an update back that can't go out yet. */
    void putBack(PreparedUpdate batch) {
        heldEvents += batch.texts().size();
        held.addFirst(batch);
    }

    /** Whether something was given up, once. */
    @Nullable
    Resync takeMissed() {
        Resync resync = missed;
        missed = null;
        heldEvents = resync == null ? heldEvents : 0;
        return resync;
    }

    void missed(Resync resync) {
        missed = resync;
        held.clear();
        sent.forget();
    }

    @Nullable
    Audience audience() {
        return audience;
    }

    void audience(@Nullable Audience joined) {
        audience = joined;
    }

    @Nullable
    Visibility visibility() {
        return visibility;
    }

    void visibility(Visibility seen) {
        visibility = seen;
        judged = null;
    }

    /** Whether the user is named in that very roster, and its visibility is what the roster says. */
    @SuppressWarnings(
            "ReferenceEquality") // of thousands of subscribers: comparing contents would cost more than judging
    boolean judgedBy(Roster roster) {
        return judged == roster;
    }

    /** The user is named in that roster, and its visibility is what the roster says. */
    void judged(Roster roster) {
        judged = roster;
    }

    /** Updates up to it are part of the state that the subscription began with. */
    long revision() {
        return revision;
    }

    /** The state that the answer shows. */
    void begin(Watched watched, Visibility seen, Map<Long, Long> states, long now) {
        revision = watched.revision();
        visibility(seen);
        freshness = watched.freshness();
        apartUntil = now + watched.overlapMs() + APART_MS;
        held.removeIf(batch -> batch.revision() <= revision);
        heldEvents = held.stream().mapToInt(batch -> batch.texts().size()).sum();
        if (!states.isEmpty()) {
            shown().add(states, watched.published());
            dropShown();
        }
    }

    /** What the answer said of it; null before the answer. */
    @Nullable
    Freshness freshness() {
        return freshness;
    }

    /** Whether nothing of the answer will soon come again, so that the frames of others fit. */
    boolean settled(long now) {
        return now > apartUntil || shown == null;
    }

    /** Whether one of the updates held is like that. */
    boolean holdsNews(Predicate<PreparedUpdate> news) {
        return missed != null || held.stream().anyMatch(news);
    }

    /** The cursor of the answer. */
    String cursor() {
        return cursor;
    }

    void cursor(String begun) {
        cursor = begun;
    }

    /** The number that the client expects next. */
    long next() {
        return next;
    }

    void next(long expected) {
        next = expected;
    }

    /** Whether that state, or a newer one of its message, was shown. */
    boolean shown(ChatMessage message) {
        return shown != null && shown.has(message);
    }

    /** A state has come from the poller: it can't come again. */
    void passed(ChatMessage message) {
        if (shown != null) {
            shown.passed(message);
            dropShown();
        }
    }

    /** Whether any state was shown that may come again: for most it was not. */
    boolean remembers() {
        return shown != null;
    }

    /** Whether one of an update's states was shown before, so that the frames of others don't fit. */
    boolean knows(PreparedUpdate batch) {
        return shown != null
                && batch.texts().stream()
                        .anyMatch(t -> t.message().map(this::shown).orElse(false));
    }

    private AnsweredStates shown() {
        AnsweredStates made = shown == null ? new AnsweredStates() : shown;
        shown = made;
        return made;
    }

    private void dropShown() {
        shown = shown == null || shown.isEmpty() ? null : shown;
    }

    /** The user's own listing has, or has not, a message of the second in doubt. */
    void learned(long messageId, boolean seen) {
        if (seen) {
            seenFrom = Math.min(seenFrom, messageId);
        } else {
            hiddenTo = Math.max(hiddenTo, messageId);
        }
    }

    /** Whether the user sees a message of the second in doubt; null: its listing must be asked. */
    @Nullable
    Boolean seesInDoubt(long messageId) {
        if (messageId >= seenFrom) {
            return true;
        }
        return messageId <= hiddenTo ? false : null;
    }
}
