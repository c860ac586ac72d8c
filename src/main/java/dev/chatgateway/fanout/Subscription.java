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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The subscription of one connection to one thread. Used on the hub's event loop only. */
final class Subscription {
    /** Events held at most. A subscription that exceeds this gets a resync instead. */
    private static final int MAX_HELD_EVENTS = 1000;
    /** The poller publishes the newest states of the subscribe result within the overlap plus this time. */
    private static final long DETACHED_MS = 5_000;

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
    private @Nullable Roster visibilityRoster;
    /** Null for most subscriptions: the poller will publish no state that the result listed. */
    private @Nullable AnsweredStates answered;

    private String cursor = "";
    private @Nullable Freshness freshness;
    private long revision;
    private long detachedUntil;
    private long nextSeq = 1;
    private long checkedVisibleFrom = Long.MAX_VALUE;
    private long checkedHiddenTo = Long.MIN_VALUE;

    Subscription(Subscriber subscriber, SubscribeRequest request) {
        this.subscriber = subscriber;
        this.request = request;
        losses = subscriber.losses();
    }

    /** The message states that were sent to the connection. */
    SentStates sent() {
        return sent;
    }

    /**
     * Takes over from an earlier subscription of the connection which message states were sent. Call it before that one
     * ends and while no delivery is in progress.
     *
     * @param delivered what the event loop has delivered of the thread
     */
    void replace(Subscription earlier, DuplicateFilter delivered) {
        Visibility before = earlier.visibility;
        if (before != null && earlier.losses == losses && !earlier.holding(Hold.ANSWER)) {
            Map<Long, Long> listed = earlier.answered == null ? Map.of() : earlier.answered.all();
            sent.replace(earlier.sent, delivered, listed, earlier.held, before);
        }
    }

    /** Why events are held. */
    enum Hold {
        /** The request is not answered yet. */
        ANSWER,
        /** The connection's token has expired. */
        TOKEN,
        /** The connection's token was not proved again in time. */
        UNPROVEN,
        /** The service refused the user. A second membership proof decides. */
        REFUSED,
        /** A check is running whether the user sees one of the held events. */
        VISIBILITY_CHECK
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

    /** The frames that the subscription gets after the events of an update. */
    List<Frame> trailingFrames(PreparedUpdate prepared) {
        return prepared.trailingFrames(request.include(), userId());
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

    void release(Hold why) {
        holds.remove(why);
    }

    /** Holds an update after all others. Above the limit, all held updates are dropped for a resync. */
    void holdLast(PreparedUpdate prepared) {
        heldEvents += prepared.events().size();
        if (heldEvents > MAX_HELD_EVENTS) {
            missed(new Resync(ResyncReason.OVERFLOW, Resync.Cause.HELD_EVENTS));
        } else {
            held.addLast(prepared);
        }
    }

    /** Holds an update before all others: a replay, or an update that cannot be delivered yet. */
    void holdFirst(PreparedUpdate prepared) {
        heldEvents += prepared.events().size();
        held.addFirst(prepared);
    }

    /** Removes the first held update; null when there is none. */
    @Nullable
    PreparedUpdate takeHeld() {
        PreparedUpdate prepared = held.pollFirst();
        heldEvents -= prepared == null ? 0 : prepared.events().size();
        return prepared;
    }

    /** Why the subscriber must get a resync, and resets it; null when it need not. */
    @Nullable
    Resync takeMissed() {
        Resync resync = missed;
        missed = null;
        heldEvents = resync == null ? heldEvents : 0;
        return resync;
    }

    /** Drops the held updates: the subscriber gets a resync instead. */
    void missed(Resync resync) {
        missed = resync;
        held.clear();
        sent.discard();
    }

    /** The audience that the subscription belongs to; null while it is detached. */
    @Nullable
    Audience audience() {
        return audience;
    }

    void audience(@Nullable Audience joined) {
        audience = joined;
    }

    /** Null before the answer. */
    @Nullable
    Visibility visibility() {
        return visibility;
    }

    void visibility(Visibility current) {
        visibility = current;
        visibilityRoster = null;
    }

    /** Whether the visibility is known to be the one that exactly this roster gives the user. */
    @SuppressWarnings(
            "ReferenceEquality") // contents of rosters of thousands would take longer than the visibility itself
    boolean hasVisibilityFrom(Roster roster) {
        return visibilityRoster == roster;
    }

    /** Records that the visibility is the one that this roster gives the user. */
    void visibilityFrom(Roster roster) {
        visibilityRoster = roster;
    }

    /** Updates up to this revision are included in the subscribe result. */
    long revision() {
        return revision;
    }

    /**
     * Starts from the state that the subscribe result reports.
     *
     * @param listed id to version of messages that the client has and that the poller may still publish
     * @param now epoch milliseconds
     */
    void start(Watched watched, Visibility current, Map<Long, Long> listed, long now) {
        revision = watched.revision();
        visibility(current);
        freshness = watched.freshness();
        detachedUntil = now + watched.overlapMs() + DETACHED_MS;
        held.removeIf(prepared -> prepared.revision() <= revision);
        heldEvents =
                held.stream().mapToInt(prepared -> prepared.events().size()).sum();
        if (!listed.isEmpty()) {
            AnsweredStates states = new AnsweredStates();
            states.add(listed, watched.published());
            answered = states.isEmpty() ? null : states;
        }
    }

    /** The freshness that the subscribe result reported; null before the answer. */
    @Nullable
    Freshness freshness() {
        return freshness;
    }

    /** Whether the frames of an audience fit: the poller will not publish states that the subscribe result listed. */
    boolean canShareFrames(long now) {
        return now > detachedUntil || answered == null;
    }

    /** Whether a resync is due or one of the held updates matches. */
    boolean anyHeld(Predicate<PreparedUpdate> condition) {
        return missed != null || held.stream().anyMatch(condition);
    }

    /** The cursor of the subscribe result. */
    String cursor() {
        return cursor;
    }

    void cursor(String answeredCursor) {
        cursor = answeredCursor;
    }

    /** The sequence number that the client expects next. */
    long nextSeq() {
        return nextSeq;
    }

    void nextSeq(long expected) {
        nextSeq = expected;
    }

    /** Whether the subscribe result listed that state or a newer state of the message. */
    boolean answered(ChatMessage message) {
        return answered != null && answered.has(message);
    }

    /** The poller has published a state: it does not publish that state again. */
    void removePublished(ChatMessage message) {
        if (answered != null) {
            answered.removePublished(message);
            answered = answered.isEmpty() ? null : answered;
        }
    }

    /** Whether the poller may still publish a state that the subscribe result listed. Rare. */
    boolean hasAnsweredStates() {
        return answered != null;
    }

    /** Whether the subscribe result listed a state of this update, so that the audience's frames do not fit. */
    boolean answeredAnyOf(PreparedUpdate prepared) {
        return answered != null
                && prepared.events().stream()
                        .anyMatch(event -> event.message().map(this::answered).orElse(false));
    }

    /** Records whether a listing with the user's own token has a message whose visibility was undecided. */
    void recordVisibility(long messageId, boolean visible) {
        if (visible) {
            checkedVisibleFrom = Math.min(checkedVisibleFrom, messageId);
        } else {
            checkedHiddenTo = Math.max(checkedHiddenTo, messageId);
        }
    }

    /** Whether the user sees a message whose visibility was undecided; null when it must be checked. */
    @Nullable
    Boolean checkedVisibility(long messageId) {
        if (messageId >= checkedVisibleFrom) {
            return true;
        }
        return messageId <= checkedHiddenTo ? false : null;
    }
}
