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
 * The message states that a subscription has sent to its connection. A later subscription of the same connection with a
 * cursor does not send them again. A state that may not have been sent is never included. {@link DuplicateFilter} records
 * what all subscribers of the event loop got, and {@link PreparedUpdate#messageVersions} what a replay contains: both are
 * shared, so that a connection that never subscribes again needs no memory here. Used on the hub's event loop only.
 */
final class SentStates {
    private static final int MAX_STATES = 1024;
    private static final Set<EventGroup> MESSAGE_GROUPS = Set.of(EventGroup.MESSAGES, EventGroup.EDITS);

    /** All updates with a higher revision were sent. */
    private long sentAfter;
    /** States that were not sent as updates but in a replay, in the result, or by an earlier subscription; id to version. */
    private Map<Long, Long> otherStates = Map.of();

    /** Whether the two fields above are valid. */
    private boolean known;

    private boolean discarded;
    private @Nullable Earlier earlier;

    /**
     * What the earlier subscription of the connection has sent.
     *
     * @param sent id to version
     * @param unpublished those of them that were not sent as updates: an update with such a state may still arrive
     * @param visibility of that subscription
     */
    private record Earlier(Map<Long, Long> sent, Map<Long, Long> unpublished, Visibility visibility) {
        boolean has(ChatMessage message) {
            return message.version() <= sent.getOrDefault(message.arrivedAt(), Long.MIN_VALUE);
        }
    }

    /**
     * Takes over what an earlier subscription of the connection has sent.
     *
     * @param listed id to version of the states that its result listed and the poller has not published
     * @param held updates that it has not sent yet
     * @param visibility of the earlier subscription at its end
     */
    void replace(
            SentStates before,
            DuplicateFilter delivered,
            Map<Long, Long> listed,
            Collection<PreparedUpdate> held,
            Visibility visibility) {
        if (!before.known || !visibility.groups().containsAll(MESSAGE_GROUPS)) {
            return;
        }
        Map<Long, Long> sent = delivered.since(before.sentAfter);
        Map<Long, Long> unpublished = new HashMap<>(before.otherStates);
        // A replay that is still held was not sent.
        held.forEach(prepared -> prepared.messageVersions().keySet().forEach(id -> {
            sent.remove(id);
            unpublished.remove(id);
        }));
        listed.forEach((id, version) -> unpublished.merge(id, version, Math::max));
        unpublished.forEach((id, version) -> sent.merge(id, version, Math::max));
        earlier = new Earlier(sent, unpublished, visibility);
    }

    /** A complete catch-up without the states that were sent before; the same object if there are none. */
    CatchUp withoutSent(CatchUp catchUp, Visibility visibility) {
        Earlier before = earlier;
        if (before == null || !before.visibility.showsSameMessages(visibility)) {
            return catchUp;
        }
        List<Item> unsent = catchUp.items().stream()
                .filter(item -> item.event().messageState().filter(before::has).isEmpty())
                .toList();
        return unsent.size() == catchUp.items().size() ? catchUp : new CatchUp(null, unsent);
    }

    /** States (id to version) that the earlier subscription sent and that may still arrive as an update. */
    Map<Long, Long> unpublished(Visibility visibility) {
        Earlier before = earlier;
        return before == null || !before.visibility.showsSameMessages(visibility) ? Map.of() : before.unpublished;
    }

    /**
     * Starts recording when the subscription is answered: it sends every update after the revision.
     *
     * @param replay sent before the updates; null when there is none
     * @param complete whether the client has everything since its cursor after the replay
     * @param listed id to version of those messages of the result which a resume from its cursor may return again
     */
    void start(
            long revision,
            @Nullable PreparedUpdate replay,
            boolean complete,
            Visibility visibility,
            Map<Long, Long> listed) {
        Map<Long, Long> states = replay == null ? listed : certainlySent(replay, visibility);
        Earlier before = earlier;
        if (before != null && complete && before.visibility.showsSameMessages(visibility)) {
            Map<Long, Long> all = new HashMap<>(before.sent);
            states.forEach((id, version) -> all.merge(id, version, Math::max));
            states = all;
        }
        sentAfter = revision;
        otherStates = states.size() > MAX_STATES ? Map.of() : states;
        known = !discarded;
        earlier = null;
    }

    /** The states of a replay without those whose visibility is undecided: these are sent to some users only. */
    private static Map<Long, Long> certainlySent(PreparedUpdate replay, Visibility visibility) {
        Map<Long, Long> all = replay.messageVersions();
        if (all.keySet().stream().allMatch(id -> id >= visibility.from())) {
            return all;
        }
        Map<Long, Long> sent = new HashMap<>(all);
        sent.keySet().removeIf(id -> id < visibility.from());
        return sent;
    }

    /** Something was not sent, or the visibility has changed: a later subscription sends everything again. */
    void discard() {
        discarded = true;
        known = false;
        earlier = null;
    }
}
