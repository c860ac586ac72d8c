package dev.chatgateway.fanout;

import dev.chatgateway.event.ChatMessage;
import dev.chatgateway.event.EventGroup;
import dev.chatgateway.event.ThreadFeed.CatchUp;
import dev.chatgateway.event.ThreadUpdate.Item;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which states of messages a connection has been sent of a thread, across subscriptions that take each other's place: a
 * later one with a cursor does not bring them again. A state that may not have been sent is never among them. Nothing is
 * kept for what goes to all subscribers of the loop: {@link DeliveredStates} knows it. Lives on the hub's loop.
 */
final class SentStates {
    private static final int KEPT = 1024;
    private static final Set<EventGroup> ALL_STATES = Set.of(EventGroup.MESSAGES, EventGroup.EDITS);

    /** Updates with a higher revision have been sent. */
    private long after;
    /** Id to version of what was sent otherwise: by subscriptions before, by the replay, and in the answer. */
    private Map<Long, Long> others = Map.of();

    private boolean known;
    private boolean lost;
    private @Nullable Past past;

    /**
     * What the subscription before has sent.
     *
     * @param sent id to version
     * @param ahead those of them that were not sent as updates, so that updates with them may still come
     * @param visibility of who saw that
     */
    private record Past(Map<Long, Long> sent, Map<Long, Long> ahead, Visibility visibility) {
        boolean has(ChatMessage message) {
            return message.version() <= sent.getOrDefault(message.arrivedAt(), Long.MIN_VALUE);
        }
    }

    /**
     * Takes the place of another subscription of the connection.
     *
     * @param held what the other had not sent yet
     * @param saw what the other showed to its end
     */
    void follow(SentStates other, DeliveredStates delivered, Collection<Batch> held, Visibility saw) {
        if (other.known && saw.groups().containsAll(ALL_STATES)) {
            Map<Long, Long> sent = delivered.since(other.after);
            Map<Long, Long> ahead = new HashMap<>(other.others);
            // A replay that is held counts among the others, and was not sent either.
            held.forEach(batch -> batch.texts().forEach(text -> text.message().ifPresent(message -> {
                sent.remove(message.arrivedAt());
                ahead.remove(message.arrivedAt());
            })));
            ahead.forEach((id, version) -> sent.merge(id, version, Math::max));
            past = new Past(sent, ahead, saw);
        }
    }

    /** What of a complete catch-up has not been sent yet; the same object if nothing has. */
    CatchUp news(CatchUp catchUp, Visibility visibility) {
        Past before = past;
        if (before == null || !before.visibility.equals(visibility)) {
            return catchUp;
        }
        List<Item> news = catchUp.items().stream()
                .filter(item ->
                        EventText.message(item.event()).filter(before::has).isEmpty())
                .toList();
        return news.size() == catchUp.items().size() ? catchUp : new CatchUp(null, news);
    }

    /** Id to version of what was sent already and may come as an update. */
    Map<Long, Long> ahead(Visibility visibility) {
        Past before = past;
        return before == null || !before.visibility.equals(visibility) ? Map.of() : before.ahead;
    }

    /**
     * The subscription is answered: everything after the revision is sent from now on.
     *
     * @param replay what is brought before that; null where nothing is
     * @param complete whether the client has everything from its cursor on with the replay
     * @param shown id to version of the messages in the answer
     */
    void begun(long revision, @Nullable Batch replay, boolean complete, Visibility visibility, Map<Long, Long> shown) {
        Past before = past;
        Map<Long, Long> all = new HashMap<>();
        if (before != null && complete && before.visibility.equals(visibility)) {
            all.putAll(before.sent);
        }
        if (replay != null) {
            List<EventText> brought = new ArrayList<>(replay.texts());
            brought.removeIf(text -> !visibility.shows(text));
            brought.forEach(text -> text.message().ifPresent(m -> all.merge(m.arrivedAt(), m.version(), Math::max)));
        }
        shown.forEach((id, version) -> all.merge(id, version, Math::max));
        after = revision;
        others = all.size() > KEPT ? Map.of() : Map.copyOf(all);
        known = !lost;
        past = null;
    }

    /** Something was not sent, or judged otherwise than before: nothing is left out after this subscription. */
    void forget() {
        lost = true;
        known = false;
        past = null;
    }
}
