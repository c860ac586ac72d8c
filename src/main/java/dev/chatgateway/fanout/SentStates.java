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
    /** Id to version of what was sent otherwise: by subscriptions before, and by the replay. */
    private Map<Long, Long> others = Map.of();

    private boolean known;
    private boolean lost;
    private @Nullable Past past;

    /** Id to version of what the subscription before has sent, to who saw that. */
    private record Past(Map<Long, Long> sent, Visibility visibility) {
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
            other.others.forEach((id, version) -> sent.merge(id, version, Math::max));
            held.forEach(batch -> batch.texts()
                    .forEach(text -> text.message().ifPresent(message -> sent.remove(message.arrivedAt()))));
            past = new Past(sent, saw);
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

    /**
     * The subscription is answered: everything after the revision is sent from now on.
     *
     * @param replay what is brought before that; null where nothing is
     * @param complete whether the client has everything from its cursor on with the replay
     */
    void begun(long revision, @Nullable Batch replay, boolean complete, Visibility visibility) {
        Past before = past;
        Map<Long, Long> all = new HashMap<>();
        if (before != null && complete && before.visibility.equals(visibility)) {
            all.putAll(before.sent);
        }
        if (replay != null) {
            List<EventText> shown = new ArrayList<>(replay.texts());
            shown.removeIf(text -> !visibility.shows(text));
            shown.forEach(text -> text.message().ifPresent(m -> all.merge(m.arrivedAt(), m.version(), Math::max)));
        }
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
