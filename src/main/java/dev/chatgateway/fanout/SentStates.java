package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadUpdate.Item;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which states of messages a subscription has sent to its connection, so that a later subscription of the same connection
 * with a cursor does not send them again. A state that may not have been sent is never among them. {@link
 * DuplicateFilter} knows what went to all subscribers of the loop and {@link PreparedUpdate#states} what a replay holds: both are
 * shared, so that a connection that never subscribes again costs nothing here. Lives on the hub's loop.
 */
final class SentStates {
    private static final int KEPT = 1024;
    private static final Set<EventGroup> ALL_STATES = Set.of(EventGroup.MESSAGES, EventGroup.EDITS);

    /** Updates with a higher revision were sent. */
    private long after;
    /** Id to version of what was sent otherwise: as a replay, in the answer, or by a subscription before. */
    private Map<Long, Long> others = Map.of();

    private boolean known;
    private boolean lost;
    private @Nullable Past past;

    /**
     * What the subscription before has sent.
     *
     * @param sent id to version
     * @param ahead those of them that were not sent as updates: an update with such a state may still come
     * @param visibility what that subscription showed
     */
    private record Past(Map<Long, Long> sent, Map<Long, Long> ahead, Visibility visibility) {
        boolean has(ChatMessage message) {
            return message.version() <= sent.getOrDefault(message.arrivedAt(), Long.MIN_VALUE);
        }
    }

    /**
     * Takes over what another subscription of the connection has sent.
     *
     * @param shown id to version of what its answer showed and the poller has not published
     * @param held updates that it has not sent yet
     * @param visibility what it showed until its end
     */
    void follow(
            SentStates other,
            DuplicateFilter delivered,
            Map<Long, Long> shown,
            Collection<PreparedUpdate> held,
            Visibility visibility) {
        if (!other.known || !visibility.groups().containsAll(ALL_STATES)) {
            return;
        }
        Map<Long, Long> sent = delivered.since(other.after);
        Map<Long, Long> ahead = new HashMap<>(other.others);
        // A replay that is still held was not sent.
        held.forEach(batch -> batch.states().keySet().forEach(id -> {
            sent.remove(id);
            ahead.remove(id);
        }));
        shown.forEach((id, version) -> ahead.merge(id, version, Math::max));
        ahead.forEach((id, version) -> sent.merge(id, version, Math::max));
        past = new Past(sent, ahead, visibility);
    }

    /** What of a complete catch-up has not been sent yet; the same object if nothing has. */
    CatchUp news(CatchUp catchUp, Visibility visibility) {
        Past before = past;
        if (before == null || !before.visibility.equals(visibility)) {
            return catchUp;
        }
        List<Item> news = catchUp.items().stream()
                .filter(item ->
                        EncodedEvent.message(item.event()).filter(before::has).isEmpty())
                .toList();
        return news.size() == catchUp.items().size() ? catchUp : new CatchUp(null, news);
    }

    /** Id to version of what was sent already and may come as an update. */
    Map<Long, Long> ahead(Visibility visibility) {
        Past before = past;
        return before == null || !before.visibility.equals(visibility) ? Map.of() : before.ahead;
    }

    /**
     * The subscription is answered: every update after the revision is sent from now on.
     *
     * @param replay what is sent before that; null where nothing is
     * @param complete whether the client has everything from its cursor on with the replay
     * @param shown id to version of those messages of the answer which a catch-up from its cursor may bring again
     */
    void begun(
            long revision,
            @Nullable PreparedUpdate replay,
            boolean complete,
            Visibility visibility,
            Map<Long, Long> shown) {
        Map<Long, Long> states = replay == null ? shown : sent(replay, visibility);
        Past before = past;
        if (before != null && complete && before.visibility.equals(visibility)) {
            Map<Long, Long> all = new HashMap<>(before.sent);
            states.forEach((id, version) -> all.merge(id, version, Math::max));
            states = all;
        }
        after = revision;
        others = states.size() > KEPT ? Map.of() : states;
        known = !lost;
        past = null;
    }

    /** The states of a replay that were sent for certain: in the second in doubt the user's own listing decides. */
    private static Map<Long, Long> sent(PreparedUpdate replay, Visibility visibility) {
        Map<Long, Long> all = replay.states();
        if (all.keySet().stream().allMatch(id -> id >= visibility.from())) {
            return all;
        }
        Map<Long, Long> sent = new HashMap<>(all);
        sent.keySet().removeIf(id -> id < visibility.from());
        return sent;
    }

    /** Something was not sent, or the visibility has changed: a later subscription leaves nothing out. */
    void forget() {
        lost = true;
        known = false;
        past = null;
    }
}
